//! Which fault of an exchange an error of the library is. Pure.
//!
//! The library's own words are never shown: it says "error sending request" and means a chain of causes, the last of which
//! is the one that a person wants.

use std::error::Error;
use std::io;

use rustls::pki_types::InvalidDnsNameError;

use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::http::progress::Stage;
use crate::probe::net::{Address, tls, told};

/// What ended an exchange.
pub(super) enum Fault {
    /// What it is, in words.
    Told(ProbeError),
    /// Time was up, at the stage that was reached.
    Late,
    /// What answers does not speak HTTP.
    Stranger,
}

/// Tells an error at a stage of an exchange with an address.
pub(super) fn of(error: reqwest::Error, stage: Stage, address: &Address) -> Fault {
    // the URL may hold a token
    let error = error.without_url();
    if error.is_timeout() {
        return Fault::Late;
    }
    if error.is_builder() {
        return told_as(Cause::Malformed, "the URL or a header cannot be sent".to_owned());
    }
    let causes: Vec<&(dyn Error + 'static)> = causes(&error).collect();
    // what the resolver said
    if let Some(told) = find::<ProbeError>(&causes) {
        return Fault::Told(told.clone());
    }
    if let Some(fault) = find::<rustls::Error>(&causes) {
        return Fault::Told(tls::failed(fault, address));
    }
    if find::<InvalidDnsNameError>(&causes).is_some() {
        return Fault::Told(tls::no_name(address));
    }
    // the innermost is the one that the system gave
    let io = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(fault) = find::<hyper::Error>(&causes) {
        return of_http(fault, io, address);
    }
    match io {
        Some(io) if stage == Stage::Tls && io.kind() == io::ErrorKind::UnexpectedEof => {
            Fault::Told(tls::hung_up(address))
        }
        Some(io) => Fault::Told(told(io, address)),
        None => lost(address),
    }
}

/// A fault that the HTTP library found.
fn of_http(fault: &hyper::Error, io: Option<&io::Error>, address: &Address) -> Fault {
    if fault.is_parse_too_large() {
        // its own limits: a buffer of 8192 + 100 * 4096 bytes
        return told_as(Cause::TooLarge, format!("too large: headers above 408 KiB or 100 from {address}"));
    }
    if fault.is_parse() {
        return Fault::Stranger;
    }
    match io {
        // a bad chunk is told as invalid input or data, an end that came too early as such
        Some(io) if matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            told_as(Cause::Malformed, format!("malformed: bad chunks from {address}"))
        }
        Some(io) => Fault::Told(told(io, address)),
        None => lost(address),
    }
}

fn lost(address: &Address) -> Fault {
    told_as(Cause::ConnectionLost, format!("connection lost {address}"))
}

fn told_as(cause: Cause, words: String) -> Fault {
    Fault::Told(ProbeError::new(cause, words))
}

fn find<'a, E: Error + 'static>(causes: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}

/// An error and its causes, outermost first. An I/O error's own cause is passed over by `source`, which goes on to the
/// cause's cause.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}
