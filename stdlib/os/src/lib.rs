//! Native modules that face the operating system: streams, codecs, files, processes, time,
//! signals, sockets.

pub mod codecs;
pub mod errno_module;
pub mod faulthandler;
pub mod io;
pub mod mmap;
pub mod multibyte;
pub mod posix;
pub mod resource;
pub mod signal;
pub mod small;
pub mod socket;
pub mod subprocess;
pub mod time;
pub mod timeval;
pub mod util;

use krait_object::native::ModuleDef;

/// The modules of this crate.
pub fn modules() -> Vec<&'static ModuleDef> {
    let mut all: Vec<&'static ModuleDef> = vec![
        &codecs::module::codecs_module::DEF,
        &errno_module::errno_module::DEF,
        &faulthandler::faulthandler_module::DEF,
        &io::module::io_module::DEF,
        &mmap::mmap_module::DEF,
        &posix::module::posix_module::DEF,
        &resource::resource_module::DEF,
        &signal::signal_module::DEF,
        &small::fcntl::fcntl_module::DEF,
        &small::locale::locale_module::DEF,
        &small::multiprocessing::multiprocessing_module::DEF,
        &small::posixshmem::posixshmem_module::DEF,
        &small::pwd_grp::grp_module::DEF,
        &small::pwd_grp::pwd_module::DEF,
        &small::select::select_module::DEF,
        &small::stat::stat_module::DEF,
        &small::termios::termios_module::DEF,
        &socket::socket_module::DEF,
        &subprocess::posixsubprocess_module::DEF,
        &time::time_module::DEF,
    ];
    all.extend(multibyte::modules());
    all
}
