//! An authenticator app.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{Answer, Browser};

/// What the app keeps of an account.
#[derive(Debug, Clone)]
pub struct Authenticator {
    secret: Vec<u8>,
    last_step: u64,
}

impl Authenticator {
    /// Takes in the key that a page shows.
    #[track_caller]
    pub fn scan(page: &Answer) -> Self {
        let text = page.html().split("id=\"secret\"").nth(1).and_then(|rest| rest.split_once('>')).expect("a key").1;
        let text = text.split('<').next().expect("a key");
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (mut secret, mut bits, mut count) = (Vec::new(), 0_u32, 0);
        for symbol in text.chars().filter(|c| !c.is_whitespace()) {
            bits = bits << 5 | alphabet.find(symbol).expect("Base32") as u32;
            count += 5;
            if count >= 8 {
                count -= 8;
                secret.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        assert_eq!(secret.len(), 20);
        Self { secret, last_step: 0 }
    }

    /// The code of this time step.
    fn code_of(&self, step: u64) -> String {
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&self.secret).unwrap();
        let hash = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
        let offset = usize::from(hash[19] & 0xf);
        let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", word % 1_000_000)
    }

    #[allow(clippy::disallowed_methods, reason = "the server under test goes by the real time")]
    fn step() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30
    }

    /// The next code that is good: that of now, or where that was used, the one after it, which a server takes already.
    pub async fn next(&mut self) -> String {
        let step = Self::step().max(self.last_step + 1);
        while step > Self::step() + 1 {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        self.last_step = step;
        self.code_of(step)
    }

    /// A code that no time step near now has.
    pub fn wrong(&self) -> String {
        let near: Vec<String> = (Self::step() - 3..Self::step() + 6).map(|step| self.code_of(step)).collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

impl Browser<'_> {
    /// Adds an authenticator app to the account that is signed in; answers it and the recovery codes that are shown.
    pub async fn add_totp(&mut self) -> (Authenticator, Vec<String>) {
        let page = self.visit("/account/factors?add=totp").await.expect(200);
        self.add_totp_at(&page).await.0
    }

    /// Adds the authenticator app that this page offers; answers the page that follows, too.
    pub async fn add_totp_at(&mut self, page: &Answer) -> ((Authenticator, Vec<String>), Answer) {
        let mut app = Authenticator::scan(page);
        let code = app.next().await;
        let page = self.submit(page, "/account/factors", &[("code", &code)]).await.expect(200);
        let codes = page.body.split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
        let codes = codes.map(str::to_owned).collect();
        ((app, codes), page)
    }
}
