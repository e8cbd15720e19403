//! The requests of actions, by the same client as the polls: no redirect, no ambient proxy, our resolver, our roots. Unlike
//! a poll a request may change something, so it is told apart what certainly did not leave us and what may have arrived,
//! and nothing is ever sent twice.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};

use crate::base::{Cause, Filled, Shown};
use crate::expr::Facts;
use crate::probe::ProbeError;
use crate::probe::deadline::Deadline;
use crate::probe::http::answer::{self, Body};
use crate::probe::http::client;
use crate::probe::http::exchange::{self, Reply};
use crate::probe::http::fault::{self, Fault};
use crate::probe::http::names::Origin;
use crate::probe::http::progress::{Progress, Stage};
use crate::probe::http::target::Target;
use crate::probe::net::Address;

/// By this a server recognises a request that it has seen before (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// One request.
pub(crate) struct Order<'a> {
    /// Method.
    pub(crate) method: Method,
    /// URL.
    pub(crate) url: &'a Filled,
    /// Headers.
    pub(crate) headers: &'a [(String, Filled)],
    /// Body: a JSON text.
    pub(crate) body: Option<&'a Filled>,
    /// Its idempotency key, where its headers hold none.
    pub(crate) key: String,
}

/// What became of a request.
pub(crate) enum Sent {
    /// It did not leave us.
    Not(ProbeError),
    /// It may have arrived, and no answer came.
    Perhaps(ProbeError),
    /// It was answered.
    Answered(Response),
}

/// An answer.
pub(crate) struct Response {
    /// Who answered.
    pub(crate) address: String,
    /// Status code.
    pub(crate) status: u16,
    /// `status`, `headers`, and where they are known `body` and `text`.
    pub(crate) facts: Facts,
    /// Why its body is not known, or is not what it claims to be.
    pub(crate) trouble: Option<ProbeError>,
    /// The host that a redirect leads to.
    pub(crate) elsewhere: Option<Shown>,
}

/// Sends the requests of one call, one after the other, each on a connection of its own.
pub(crate) struct Sender {
    origins: Vec<Origin>,
    parcels: Vec<Parcel>,
    timeout: Duration,
    progress: Arc<Progress>,
    client: Option<Client>,
}

struct Parcel {
    method: Method,
    target: Target,
    more: HeaderMap,
    body: Option<String>,
}

impl Sender {
    /// Makes all requests ready, so that none is sent where one of them cannot be.
    pub(crate) fn new<'a>(orders: impl IntoIterator<Item = Order<'a>>, timeout: Duration) -> Result<Self, ProbeError> {
        let mut origins = Vec::new();
        let parcels = orders.into_iter().map(|order| Parcel::new(order, &mut origins)).collect::<Result<_, _>>()?;
        Ok(Self { origins, parcels, timeout, progress: Arc::new(Progress::new()), client: None })
    }

    /// Sends the request at this place of their order.
    pub(crate) async fn send(&mut self, at: usize) -> Sent {
        let deadline = Deadline::after(self.timeout);
        let Some(parcel) = self.parcels.get(at) else {
            return Sent::Not(ProbeError::new(Cause::Internal, "no such request"));
        };
        let origin = &self.origins[parcel.target.origin()];
        let client = match &self.client {
            Some(client) => client,
            None => match deadline.bound(client::build(&self.origins, self.timeout, &self.progress)).await {
                Some(Ok(client)) => self.client.insert(client),
                Some(Err(error)) => return Sent::Not(error),
                None => return Sent::Not(deadline.expired("certificates", &origin.address)),
            },
        };
        parcel.send(client, &origin.address, &self.progress, &deadline).await
    }
}

impl Parcel {
    fn new(order: Order<'_>, origins: &mut Vec<Origin>) -> Result<Self, ProbeError> {
        let headers: Vec<(&str, Filled)> =
            order.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        // a connection of its own for each: one that was kept may be dead, and nobody could tell what arrived on it
        let target = Target::new(order.url, &headers, Some(false), origins)?;
        let mut more = HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]);
        if !target.headers().contains_key(IDEMPOTENCY_KEY)
            && let Ok(key) = HeaderValue::from_str(&order.key)
        {
            more.insert(IDEMPOTENCY_KEY, key);
        }
        if order.body.is_some() && !target.headers().contains_key(CONTENT_TYPE) {
            more.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = order.body.map(|body| body.expose().to_owned());
        Ok(Self { method: order.method, target, more, body })
    }

    async fn send(&self, client: &Client, address: &Address, progress: &Progress, deadline: &Deadline) -> Sent {
        progress.begin();
        let tell = |error: reqwest::Error| {
            // before the connector was called there is no connection on which anything could have left
            let perhaps = !error.is_builder() && matches!(progress.stage(), Stage::Response | Stage::Body);
            (perhaps, told(fault::of(error, progress.stage(), address), progress, deadline, address))
        };
        let headers = self.target.headers().clone();
        let mut request =
            client.request(self.method.clone(), self.target.url().clone()).headers(headers).headers(self.more.clone());
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let response = match deadline.bound(request.send()).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                let (perhaps, error) = tell(error);
                return if perhaps { Sent::Perhaps(error) } else { Sent::Not(error) };
            }
            None => {
                let late = progress.expired(deadline, address);
                return if progress.stage() == Stage::Response { Sent::Perhaps(late) } else { Sent::Not(late) };
            }
        };
        progress.reach(Stage::Body);
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let elsewhere = answer::elsewhere(&headers);
        let read = async {
            let fault = |error| fault::of(error, Stage::Body, address);
            let reply = exchange::read(response, address, fault).await;
            let reply = reply.map_err(|fault| told(fault, progress, deadline, address))?;
            let body = answer::body(&reply, deadline, address).await?;
            Ok((reply, body))
        };
        let read = deadline.bound(read).await.unwrap_or_else(|| Err(progress.expired(deadline, address)));
        let (reply, body, trouble) = match read {
            Ok((reply, body)) => {
                // that there is no body is nothing that it claims
                let trouble = answer::malformation(&body, address).filter(|_| !reply.body.is_empty());
                (reply, Some(body), trouble)
            }
            Err(error) => (Reply { status, headers, body: Vec::new(), certificate_end: None }, None, Some(error)),
        };
        let facts = facts(reply, body);
        Sent::Answered(Response { address: address.to_string(), status, facts, trouble, elsewhere })
    }
}

/// What is known of an answer. A body that could not be read is no empty one.
fn facts(reply: Reply, body: Option<Body>) -> Facts {
    let known = body.is_some();
    let mut facts = answer::facts(reply, body.unwrap_or(Body::Text));
    if !known {
        facts.shift_remove("text");
    }
    facts
}

fn told(fault: Fault, progress: &Progress, deadline: &Deadline, address: &Address) -> ProbeError {
    match fault {
        Fault::Told(error) => error,
        Fault::Late => progress.expired(deadline, address),
        // who it is is not asked again: the question might be taken for the request
        Fault::Stranger => ProbeError::new(Cause::Malformed, format!("malformed: not HTTP from {address}")),
    }
}
