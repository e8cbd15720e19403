//! Chance without surprise: a small generator (`SplitMix64`) whose throws depend on the seed alone. Not for secrets.

/// The generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// Starts from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    /// Whole seconds evenly between two, both included.
    pub(crate) fn seconds(&mut self, (low, high): (u64, u64)) -> u64 {
        low + self.next() % (high.saturating_sub(low) + 1)
    }

    /// Evenly from 0 up to, not including, this.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let most = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % most).unwrap_or(0)
    }

    /// True so often.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of some.
    pub(crate) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items.get(self.below(items.len())).copied().unwrap_or("")
    }

    /// A random (version 4) UUID with its hyphens.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let (high, low) = (high & !0xf000 | 0x4000, low & !(3 << 62) | (2 << 62));
        let hex = format!("{high:016x}{low:016x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// A UUID without hyphens, as execution and scheduler ids are written.
    pub(crate) fn hex(&mut self) -> String {
        self.uuid().replace('-', "")
    }
}
