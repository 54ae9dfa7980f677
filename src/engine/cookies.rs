//! DNS cookies (RFC 7873) on the way of a query: a client that sends one gets one back, with whatever it is answered.

use super::{Client, Engine, InForce, Moment, Outcome};
use crate::{
    message::{
        AnswerWriter, Cookie, ExtendedError, Rcode, Text, UDP_OCTETS_WITHOUT_EDNS, cookie::Fresh,
        query::CookieRequest,
    },
    telemetry::QueryKind,
};

impl Engine {
    /// Makes cookies with another secret from now on. Those made with the one before still hold, older ones no more.
    pub fn change_cookie_secret(&self, secret: [u8; 16]) {
        self.in_force.rcu(|now| {
            let secrets = now.secrets.followed_by(secret);
            InForce { secrets, ..InForce::clone(now) }
        });
    }
}

impl Moment<'_> {
    /// What a client that sent this cookie gets.
    pub(super) fn fresh(&self, cookie: Option<Cookie>, client: &Client) -> Option<Fresh> {
        Some(self.in_force.secrets.fresh(&cookie?, client.address.to_canonical(), self.seconds))
    }

    /// Whether the client has shown by its cookie that it receives what is sent to its address.
    pub(super) fn knows(&self, cookie: Option<Cookie>, client: &Client) -> bool {
        let address = client.address.to_canonical();
        cookie.is_some_and(|cookie| self.in_force.secrets.know(&cookie, address, self.seconds))
    }

    /// Answers a query that asks for a cookie and nothing else.
    pub(super) fn give_cookie(&self, request: &CookieRequest, client: &Client, out: &mut [u8]) -> Outcome {
        let Self { engine, in_force, .. } = self;
        engine.metrics.query(client.transport, QueryKind::Other);
        let may_ask = in_force.may_ask(client.address);
        let rcode = if !may_ask {
            Rcode::REFUSED
        } else if request.cookie.is_returned() && !self.knows(Some(request.cookie), client) {
            // RFC 7873 §5.4: the client asked whether its server cookie holds.
            Rcode::BADCOOKIE
        } else {
            Rcode::NOERROR
        };
        engine.metrics.answer(rcode);
        let mut writer =
            AnswerWriter::new(out, UDP_OCTETS_WITHOUT_EDNS, request.id, request.flags, &[], true);
        writer.set_rcode(rcode);
        if let Some(cookie) = self.fresh(Some(request.cookie), client) {
            writer.set_cookie(cookie);
        }
        let errors: &[ExtendedError] = if may_ask { &[] } else { &[ExtendedError::PROHIBITED] };
        Outcome::Answered(writer.finish_with_opt(request.dnssec_ok, errors, &Text::default()))
    }
}
