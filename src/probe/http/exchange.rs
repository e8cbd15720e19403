//! One exchange: a request, and its answer read to its end, unpacked, within the caps and the deadline.
//!
//! What the client bounds for us: 100 headers and 408 KiB of head. What nothing but the deadline bounds: a storm of 1xx
//! answers, which the client reads and drops.

use reqwest::header::{CONNECTION, HeaderMap, HeaderValue};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Method, Request, Response};

use crate::base::Cause;
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::decode::Decoder;
use crate::probe::http::fault::{self, Fault};
use crate::probe::http::names::Origin;
use crate::probe::http::progress::{Progress, Stage};
use crate::probe::http::stranger;
use crate::probe::http::target::Target;
use crate::probe::net::{Address, certificate};

/// An answer, read to its end.
pub(super) struct Reply {
    /// Status code.
    pub(super) status: u16,
    /// Headers.
    pub(super) headers: HeaderMap,
    /// Body, unpacked.
    pub(super) body: Vec<u8>,
    /// The end of the server's certificate in Unix seconds, where there is one.
    pub(super) certificate_end: Option<i64>,
}

/// Asks and reads the answer; `close` asks the server to end the connection then.
pub(super) async fn get(
    client: &Client,
    target: &Target,
    origin: &Origin,
    close: bool,
    progress: &Progress,
    deadline: &Deadline,
) -> Result<Reply, ProbeError> {
    let address = &origin.address;
    let asked = async {
        match exchange(client, target, close, progress, address).await {
            // a kept connection that the server closed meanwhile: a GET may be sent again
            Err(Fault::Told(error))
                if error.cause == Cause::ConnectionLost
                    && !progress.is_fresh()
                    && progress.stage() == Stage::Response =>
            {
                exchange(client, target, close, progress, address).await
            }
            asked => asked,
        }
    };
    match deadline.bound(asked).await {
        Some(Ok(reply)) => Ok(reply),
        Some(Err(Fault::Told(error))) => Err(error),
        Some(Err(Fault::Late)) | None => Err(progress.expired(deadline, address)),
        Some(Err(Fault::Stranger)) => Err(stranger::told(target, origin, deadline).await),
    }
}

async fn exchange(
    client: &Client,
    target: &Target,
    close: bool,
    progress: &Progress,
    address: &Address,
) -> Result<Reply, Fault> {
    progress.begin();
    let fault = |error| fault::of(error, progress.stage(), address);
    let request = request(client, target, close).map_err(fault)?;
    let response = client.execute(request).await.map_err(fault)?;
    progress.reach(Stage::Body);
    read(response, address, fault).await
}

/// The request of a poll. It is the only place that names a method for one.
pub(super) fn request(client: &Client, target: &Target, close: bool) -> Result<Request, reqwest::Error> {
    let mut request = client.request(Method::GET, target.url().clone()).headers(target.headers().clone()).build()?;
    if close {
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(request)
}

/// Reads an answer to its end.
pub(super) async fn read(
    mut response: Response,
    address: &Address,
    fault: impl Fn(reqwest::Error) -> Fault,
) -> Result<Reply, Fault> {
    let headers = std::mem::take(response.headers_mut());
    let mut decoder = Decoder::new(&headers, address).map_err(Fault::Told)?;
    while let Some(piece) = response.chunk().await.map_err(&fault)? {
        decoder.push(&piece).map_err(Fault::Told)?;
    }
    let body = decoder.finish().map_err(Fault::Told)?;
    let certificate = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    let certificate_end = certificate.and_then(certificate::end);
    Ok(Reply { status: response.status().as_u16(), headers, body, certificate_end })
}
