//! Passwords of people: Argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use velodrome_model::{ExposeSecret, SecretString};

/// Hashing failed for a reason of the machine, not of the password.
#[derive(Debug, thiserror::Error)]
#[error("hashing a password failed: {0}")]
pub struct HashingFailed(String);

/// Hashes and checks passwords. A hash takes 19 MiB and tens of milliseconds on purpose, so only so
/// many run at a time; the others wait, and sign-in throttling keeps the queue short.
#[derive(Clone)]
pub struct Passwords {
    room: Arc<Semaphore>,
    /// Compared with when there is no user, so that the time taken does not tell.
    decoy: Arc<str>,
}

impl Passwords {
    /// At most so many at a time.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new(at_a_time: usize) -> Result<Self, HashingFailed> {
        let decoy = hash_now("the password of nobody")?;
        Ok(Self {
            room: Arc::new(Semaphore::new(at_a_time.max(1))),
            decoy: decoy.into(),
        })
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// When the machine gives no randomness or memory.
    pub async fn hash(&self, password: &SecretString) -> Result<String, HashingFailed> {
        let password = password.clone();
        self.run(move || hash_now(password.expose_secret())).await?
    }

    /// Whether the password is the one that was hashed. Without a hash the answer is no, after the same time.
    ///
    /// # Errors
    /// When the machine fails.
    pub async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, HashingFailed> {
        let password = password.clone();
        let (known, hash) = (hash.is_some(), hash.unwrap_or(&self.decoy).to_owned());
        let matches = self
            .run(move || verify_now(password.expose_secret(), &hash))
            .await??;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let permit = Arc::clone(&self.room)
            .acquire_owned()
            .await
            .expect("the room is never closed");
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        spawn_blocking(work)
            .await
            .map_err(|error| HashingFailed(error.to_string()))
    }
}

fn hash_now(password: &str) -> Result<String, HashingFailed> {
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| HashingFailed(error.to_string()))
}

fn verify_now(password: &str, hash: &str) -> Result<bool, HashingFailed> {
    let hash = PasswordHash::new(hash).map_err(|error| HashingFailed(error.to_string()))?;
    Ok(Argon2::default()
        .verify_password(password.as_bytes(), &hash)
        .is_ok())
}

/// A password that a rule refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too short.
    #[error("Password must have at least {0} characters.")]
    TooShort(usize),
    /// Longer than anybody types; hashing it would only cost time.
    #[error("Password must have at most {MAX_CHARS} characters.")]
    TooLong,
    /// Letters and digits only.
    #[error("Password must have at least one character that is neither a letter nor a digit.")]
    NoSign,
}

const MAX_CHARS: usize = 256;

/// The rule for users of accounts (openapi: UserCredentials).
///
/// # Errors
/// Why it is refused.
pub fn check_user_password(password: &SecretString) -> Result<(), WeakPassword> {
    check_length(password, 8)
}

/// The rule for console administrators (console.md §2): the partner's minimum, and one non-alphanumeric.
///
/// # Errors
/// Why it is refused.
pub fn check_administrator_password(
    password: &SecretString,
    minimum: usize,
) -> Result<(), WeakPassword> {
    check_length(password, minimum)?;
    match password.expose_secret().chars().all(char::is_alphanumeric) {
        true => Err(WeakPassword::NoSign),
        false => Ok(()),
    }
}

fn check_length(password: &SecretString, minimum: usize) -> Result<(), WeakPassword> {
    match password.expose_secret().chars().count() {
        count if count < minimum => Err(WeakPassword::TooShort(minimum)),
        count if count > MAX_CHARS => Err(WeakPassword::TooLong),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let passwords = Passwords::new(2).unwrap();
        let secret = |text: &str| SecretString::from(text);

        let hash = passwords.hash(&secret("correct horse")).await.unwrap();

        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify(&secret("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&secret("wrong horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&secret("the password of nobody"), None)
                .await
                .unwrap()
        );
    }

    #[test]
    fn rules_refuse_short_long_and_plain_passwords() {
        let secret = |text: &str| SecretString::from(text);

        assert_eq!(
            check_user_password(&secret("seven77")),
            Err(WeakPassword::TooShort(8))
        );
        assert_eq!(check_user_password(&secret("eight888")), Ok(()));
        assert_eq!(
            check_user_password(&secret(&"x".repeat(257))),
            Err(WeakPassword::TooLong)
        );
        assert_eq!(
            check_administrator_password(&secret("abcdefghij"), 10),
            Err(WeakPassword::NoSign)
        );
        assert_eq!(
            check_administrator_password(&secret("abcdefghi!"), 10),
            Ok(())
        );
    }
}
