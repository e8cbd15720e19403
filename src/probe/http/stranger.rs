//! What a port says that does not speak HTTP. The client has thrown it away by then, so the question is asked once more, of
//! a bare connection, without headers; at most 512 bytes are read.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::base::{Cause, Shown};
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::names::Origin;
use crate::probe::http::target::Target;
use crate::probe::net::{Address, Dialer};

const HEAD: usize = 512;

/// The words for it; without what it says where it says nothing within the deadline.
pub(super) async fn told(target: &Target, origin: &Origin, deadline: &Deadline) -> ProbeError {
    let head = deadline.bound(listen(target, origin, deadline)).await.unwrap_or_default();
    words(&head, &origin.address)
}

fn words(head: &[u8], address: &Address) -> ProbeError {
    let what = match head {
        [] => "not HTTP".to_owned(),
        // a TLS record: alert or handshake
        [0x15 | 0x16, 0x03, ..] => "TLS where http:// was asked for (write https://)".to_owned(),
        _ => {
            let says: String = String::from_utf8_lossy(head).chars().take(40).collect();
            format!("not HTTP, '{}'", Shown::from_remote(&says))
        }
    };
    ProbeError::new(Cause::Malformed, format!("malformed: {what} from {address}"))
}

async fn listen(target: &Target, origin: &Origin, deadline: &Deadline) -> Vec<u8> {
    let dialer = Dialer::by(origin.address.clone(), origin.tls, origin.resolver.clone());
    let Ok(mut stream) = dialer.open(deadline).await else { return Vec::new() };
    let question = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", target.path(), origin.address);
    let mut head = vec![0; HEAD];
    if stream.write_all(question.as_bytes()).await.is_err() {
        return Vec::new();
    }
    let read = stream.read(&mut head).await.unwrap_or(0);
    head.truncate(read);
    head
}
