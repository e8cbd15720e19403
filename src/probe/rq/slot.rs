//! A fact of one poll: not asked, asked, known, or refused. Pure.

use crate::base::Cause;
use crate::probe::ProbeError;

/// The answer to a question, or its failure.
pub(crate) type Reply = Result<redis::Value, ProbeError>;

/// A fact of one poll.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Slot<T> {
    #[default]
    Unasked,
    Asked,
    Known(T),
    Failed(ProbeError),
}

impl<T> Slot<T> {
    /// True once a poll: the question is to be asked now.
    pub(crate) fn ask(&mut self) -> bool {
        let is_first = matches!(self, Slot::Unasked);
        if is_first {
            *self = Slot::Asked;
        }
        is_first
    }

    /// Takes a reply in.
    pub(crate) fn take(&mut self, reply: Reply, parse: impl FnOnce(redis::Value) -> Option<T>) {
        *self = match reply.map(parse) {
            Ok(Some(value)) => Slot::Known(value),
            Ok(None) => Slot::Failed(malformed()),
            Err(error) => Slot::Failed(error),
        };
    }

    pub(crate) fn known(&self) -> Option<&T> {
        if let Slot::Known(value) = self { Some(value) } else { None }
    }

    pub(crate) fn fault(&self) -> Option<&ProbeError> {
        if let Slot::Failed(error) = self { Some(error) } else { None }
    }

    /// Forgets the poll.
    pub(crate) fn clear(&mut self) {
        *self = Slot::Unasked;
    }
}

impl Slot<u64> {
    /// The count, noting a failure under its name.
    pub(crate) fn told(&self, name: &'static str, faults: &mut Vec<(&'static str, ProbeError)>) -> Option<u64> {
        faults.extend(self.fault().map(|fault| (name, fault.clone())));
        self.known().copied()
    }
}

/// A reply of a shape that the command does not have.
pub(crate) fn malformed() -> ProbeError {
    ProbeError::new(Cause::Malformed, "malformed: a reply of another type than the command's")
}
