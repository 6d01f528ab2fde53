//! A TLS connection over a transport: handshake, reading, writing, closing.
//!
//! Other threads may use the connection while one waits for the peer, so no borrow of the state
//! is held across sending and receiving.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use krait_object::prelude::*;
use rustls::server::{Accepted, Acceptor};
use rustls::{Connection, Error, ServerConfig};

use crate::errors;
use crate::transport::{Limit, Outcome, Transport};
use crate::verify::{Verifier, issuer};

/// The TLS side of a connection.
pub enum Tls {
    /// A server before it knows what the client asks for.
    Accepting(Box<Acceptor>),
    /// The client has said hello; the configuration is still to be chosen.
    Greeted(Box<Accepted>),
    Running(Box<Connection>),
    Failed,
}

/// A connection.
pub struct Session {
    pub tls: RefCell<Tls>,
    pub transport: Transport,
    verifier: Option<Arc<Verifier>>,
    pub host: Option<String>,
    /// Encrypted bytes on their way out.
    outgoing: RefCell<Vec<u8>>,
    /// A thread is sending; what others add it sends too.
    sending: Cell<bool>,
    receiving: Cell<bool>,
    end_seen: Cell<bool>,
    close_sent: Cell<bool>,
    framing: RefCell<Framing>,
}

/// Where the next record of the peer's ends. No byte behind it is taken, as what follows the end of
/// a session belongs to the socket's owner.
#[derive(Default)]
struct Framing {
    header: Vec<u8>,
    body: usize,
}

impl Framing {
    const HEADER: usize = 5;

    /// Bytes that may be taken now.
    fn room(&self) -> usize {
        if self.body > 0 { self.body } else { Self::HEADER - self.header.len() }
    }
    fn advance(&mut self, got: &[u8]) {
        if self.body > 0 {
            self.body -= got.len().min(self.body);
            return;
        }
        self.header.extend_from_slice(got);
        if self.header.len() >= Self::HEADER {
            self.body = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
            self.header.clear();
        }
    }
}

/// Clears a flag at the end of a scope.
struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Session {
    pub fn new(tls: Tls, transport: Transport, verifier: Option<Arc<Verifier>>, host: Option<String>) -> Session {
        Session {
            tls: RefCell::new(tls),
            transport,
            verifier,
            host,
            outgoing: RefCell::default(),
            sending: Cell::new(false),
            receiving: Cell::new(false),
            end_seen: Cell::new(false),
            close_sent: Cell::new(false),
            framing: RefCell::default(),
        }
    }
    /// Calls `f` with the connection, if there is one yet.
    pub fn with<R>(&self, f: impl FnOnce(&mut Connection) -> R) -> Option<R> {
        match &mut *self.tls.borrow_mut() {
            Tls::Running(c) => Some(f(c)),
            _ => None,
        }
    }
    pub fn is_handshaking(&self) -> bool {
        self.with(|c| c.is_handshaking()).unwrap_or(true)
    }
    fn raise(&self, vm: &Vm, e: &Error) -> Raised {
        let unknown = self.verifier.as_ref().map_or(issuer::UNKNOWN, |v| v.issuer.load(Ordering::Relaxed));
        errors::from_tls(vm, e, unknown, self.host.as_deref())
    }
    fn collect_outgoing(&self) {
        let mut out = self.outgoing.borrow_mut();
        self.with(|c| {
            while c.wants_write() {
                // Writing to a vector does not fail.
                if c.write_tls(&mut *out).is_err() {
                    break;
                }
            }
        });
    }
    /// Sends what waits to be sent. False if some of it is left.
    fn flush(&self, vm: &Vm, limit: &Limit) -> PyResult<bool> {
        self.collect_outgoing();
        if self.sending.get() {
            return Ok(true);
        }
        self.sending.set(true);
        let _busy = Busy(&self.sending);
        loop {
            let data = self.outgoing.take();
            if data.is_empty() {
                return Ok(true);
            }
            let sent = self.transport.send(vm, &data, limit);
            let n = match &sent {
                Ok(Outcome::Done(n)) => *n,
                _ => 0,
            };
            let mut rest = data[n..].to_vec();
            rest.append(&mut self.outgoing.borrow_mut());
            *self.outgoing.borrow_mut() = rest;
            match sent? {
                Outcome::Done(_) => {}
                Outcome::End | Outcome::Wait => return Ok(false),
            }
        }
    }
    /// Takes in what the peer sends. Raises if that would have to wait.
    fn feed(&self, vm: &Vm, limit: &Limit) -> PyResult<()> {
        while self.receiving.get() {
            vm.allow_threads(|| std::thread::sleep(std::time::Duration::from_millis(1)));
            vm.poll()?;
        }
        self.receiving.set(true);
        let _busy = Busy(&self.receiving);
        let mut buf = vec![0; self.framing.borrow().room()];
        let got = match self.transport.receive(vm, &mut buf, limit)? {
            Outcome::Done(n) => {
                self.framing.borrow_mut().advance(&buf[..n]);
                &buf[..n]
            }
            Outcome::End => {
                self.end_seen.set(true);
                &[]
            }
            Outcome::Wait => return Err(errors::want_read(vm)),
        };
        let fault = self.digest(got);
        match fault {
            None => Ok(()),
            Some(e) => {
                // The peer is told; that this may fail changes nothing.
                if let Err(e) = self.flush(vm, limit) {
                    drop(vm.take_raised(e));
                }
                Err(self.raise(vm, &e))
            }
        }
    }
    fn digest(&self, mut got: &[u8]) -> Option<Error> {
        let mut tls = self.tls.borrow_mut();
        loop {
            let step = match &mut *tls {
                Tls::Running(c) => match c.read_tls(&mut got) {
                    Ok(_) => c.process_new_packets().err(),
                    Err(e) => Some(Error::General(e.to_string())),
                },
                Tls::Accepting(a) => {
                    if let Err(e) = a.read_tls(&mut got) {
                        return Some(Error::General(e.to_string()));
                    }
                    match a.accept() {
                        Ok(None) => None,
                        Ok(Some(accepted)) => {
                            *tls = Tls::Greeted(Box::new(accepted));
                            return None;
                        }
                        Err((e, mut alert)) => {
                            let _ = alert.write_all(&mut *self.outgoing.borrow_mut());
                            *tls = Tls::Failed;
                            Some(e)
                        }
                    }
                }
                Tls::Greeted(_) | Tls::Failed => return Some(Error::HandshakeNotComplete),
            };
            if step.is_some() || got.is_empty() {
                return step;
            }
        }
    }
    /// The name the client asks for, if the configuration is to be chosen now.
    pub fn greeting(&self) -> Option<Option<String>> {
        match &*self.tls.borrow() {
            Tls::Greeted(a) => Some(a.client_hello().server_name().map(str::to_owned)),
            _ => None,
        }
    }
    /// Goes on as a server with the configuration.
    pub fn accept(&self, vm: &Vm, config: ServerConfig) -> PyResult<()> {
        let old = self.tls.replace(Tls::Failed);
        let Tls::Greeted(accepted) = old else { return Ok(()) };
        match accepted.into_connection(Arc::new(config)) {
            Ok(mut c) => {
                c.set_buffer_limit(None);
                self.tls.replace(Tls::Running(Box::new(Connection::Server(c))));
                Ok(())
            }
            Err((e, mut alert)) => {
                let _ = alert.write_all(&mut *self.outgoing.borrow_mut());
                let limit = self.transport.limit(vm, "handshake")?;
                if let Err(e) = self.flush(vm, &limit) {
                    drop(vm.take_raised(e));
                }
                Err(self.raise(vm, &e))
            }
        }
    }
    /// Goes on with the handshake; true when it is done, false when a server has to choose its
    /// configuration.
    pub fn handshake(&self, vm: &Vm) -> PyResult<bool> {
        let limit = self.transport.limit(vm, "handshake")?;
        loop {
            if !self.flush(vm, &limit)? {
                return Err(errors::want_write(vm));
            }
            if self.greeting().is_some() {
                return Ok(false);
            }
            if !self.is_handshaking() {
                return Ok(true);
            }
            if self.end_seen.get() {
                return Err(errors::eof(vm));
            }
            self.feed(vm, &limit)?;
        }
    }
    /// Decrypted bytes, at most `n`; none at the end.
    pub fn read(&self, vm: &Vm, n: usize) -> PyResult<Vec<u8>> {
        let limit = self.transport.limit(vm, "read")?;
        let mut buf = vec![0; n.min(1 << 20)];
        loop {
            let got = self.with(|c| c.reader().read(&mut buf));
            match got {
                Some(Ok(n)) => {
                    buf.truncate(n);
                    return Ok(buf);
                }
                Some(Err(e)) if e.kind() == ErrorKind::WouldBlock && !self.end_seen.get() => {
                    self.feed(vm, &limit)?;
                    // Answers to what came, such as new keys.
                    self.flush(vm, &limit)?;
                }
                Some(Err(_)) => return Err(errors::eof(vm)),
                None => return Err(errors::eof(vm)),
            }
        }
    }
    /// Encrypts and sends; the number of bytes taken.
    pub fn write(&self, vm: &Vm, data: &[u8]) -> PyResult<usize> {
        let limit = self.transport.limit(vm, "write")?;
        if self.close_sent.get() {
            return Err(errors::closed(vm));
        }
        if !self.flush(vm, &limit)? {
            return Err(errors::want_write(vm));
        }
        match self.with(|c| c.writer().write(data)) {
            Some(Ok(n)) => {
                self.flush(vm, &limit)?;
                Ok(n)
            }
            _ => Err(errors::eof(vm)),
        }
    }
    /// Decrypted bytes that wait to be read.
    pub fn pending(&self) -> usize {
        self.with(|c| c.process_new_packets().map_or(0, |s| s.plaintext_bytes_to_read())).unwrap_or(0)
    }
    /// Closes both sides in order.
    pub fn shutdown(&self, vm: &Vm) -> PyResult<()> {
        let limit = self.transport.limit(vm, "read")?;
        if !self.close_sent.replace(true) {
            self.with(|c| c.send_close_notify());
        }
        if !self.flush(vm, &limit)? {
            return Err(errors::want_write(vm));
        }
        loop {
            let closed = self.with(|c| c.process_new_packets().is_ok_and(|s| s.peer_has_closed())).unwrap_or(true);
            if closed || self.end_seen.get() {
                return Ok(());
            }
            if let Err(e) = self.feed(vm, &limit) {
                // A peer that just goes away has closed its side too.
                if vm.raised_is(vm.types.connection_reset_error) {
                    drop(vm.take_raised(e));
                    return Ok(());
                }
                return Err(e);
            }
        }
    }
}
