//! When a token is refreshed (connectors.md §9.6).

use chrono::{DateTime, TimeDelta, Utc};
use velodrome_model::definition::RefreshRules;

use crate::auth::credential::OAuth2Token;

impl OAuth2Token {
    /// From when on a call refreshes it first: `Expires` less the smaller of `skewSeconds` and a quarter
    /// of its lifetime. None while the end is unknown.
    pub fn refresh_due(&self, rules: &RefreshRules) -> Option<DateTime<Utc>> {
        let expires = self.expires?;
        let skew = TimeDelta::seconds(rules.skew_seconds.into());
        let quarter = self
            .issued
            .map(|issued| (expires - issued).max(TimeDelta::zero()) / 4);
        expires.checked_sub_signed(quarter.map_or(skew, |quarter| quarter.min(skew)))
    }

    /// When an idle refresh token is used so that it does not lapse: `keepAliveDays` after `used`, the
    /// time it was last received or used. None without one, or where the definition says never.
    pub fn keep_alive_due(
        &self,
        rules: &RefreshRules,
        used: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        self.refresh_token.as_ref()?;
        if rules.keep_alive_days == 0 {
            return None;
        }
        used.checked_add_signed(TimeDelta::days(rules.keep_alive_days.into()))
    }

    /// Whether the refresh token is known to have ended.
    pub fn refresh_token_has_expired(&self, now: DateTime<Utc>) -> bool {
        self.refresh_expires.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn token(issued: Option<&str>, expires: Option<&str>) -> OAuth2Token {
        OAuth2Token {
            refresh_token: Some("r".into()),
            issued: issued.map(at),
            expires: expires.map(at),
            ..OAuth2Token::default()
        }
    }

    #[test]
    fn a_token_is_refreshed_two_minutes_before_its_end_or_a_quarter_of_its_life() {
        let rules = RefreshRules::default();
        let start = Some("2030-01-01T10:00:00Z");
        let table = [
            (
                start,
                Some("2030-01-01T11:00:00Z"),
                Some("2030-01-01T10:58:00Z"),
            ),
            (
                start,
                Some("2030-01-01T10:01:00Z"),
                Some("2030-01-01T10:00:45Z"),
            ),
            (
                start,
                Some("2030-01-01T10:08:00Z"),
                Some("2030-01-01T10:06:00Z"),
            ),
            (
                None,
                Some("2030-01-01T10:01:00Z"),
                Some("2030-01-01T09:59:00Z"),
            ),
            (
                start,
                Some("2030-01-01T09:00:00Z"),
                Some("2030-01-01T09:00:00Z"),
            ),
            (start, None, None),
        ];
        for (issued, expires, due) in table {
            assert_eq!(
                token(issued, expires).refresh_due(&rules),
                due.map(at),
                "{issued:?} {expires:?}"
            );
        }
    }

    #[test]
    fn an_idle_refresh_token_is_kept_alive_unless_the_definition_says_never() {
        let token = token(None, None);
        let used = at("2030-01-01T00:00:00Z");
        let never = RefreshRules {
            keep_alive_days: 0,
            ..RefreshRules::default()
        };

        assert_eq!(
            token.keep_alive_due(&RefreshRules::default(), used),
            Some(at("2030-01-30T00:00:00Z"))
        );
        assert_eq!(token.keep_alive_due(&never, used), None);
    }
}
