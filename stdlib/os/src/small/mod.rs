//! Modules that fit in one file each.

pub mod epoll;
pub mod fcntl;
pub mod locale;
pub mod multiprocessing;
pub mod posixshmem;
pub mod pwd_grp;
pub mod select;
pub mod stat;
pub mod tables;
pub mod termios;
