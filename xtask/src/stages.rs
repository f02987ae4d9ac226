//! Work in named stages, each with its time.

use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail};

/// What was done so far.
pub struct Stages {
    begun: Instant,
    finished: Vec<Finished>,
}

struct Finished {
    name: String,
    took: Duration,
    outcome: Result<Vec<String>, Error>,
}

impl Stages {
    /// Nothing done yet.
    pub fn begin() -> Self {
        Self {
            begun: Instant::now(),
            finished: Vec::new(),
        }
    }

    /// Does a stage; a failure is remembered and the stages after it still run, so that one
    /// run tells everything that is wrong.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
        self.run_tests(name, || work().map(|()| Vec::new()))
    }

    /// Does a stage whose closing lines belong into the summary.
    pub fn run_tests(&mut self, name: &str, work: impl FnOnce() -> Result<Vec<String>>) -> bool {
        println!("\n==> {name}");
        let begun = Instant::now();
        let outcome = work();
        let took = begun.elapsed();
        match &outcome {
            Ok(_) => println!("    {name}: done in {}", seconds(took)),
            Err(error) => println!("    {name}: FAILED after {}: {error:#}", seconds(took)),
        }
        let well = outcome.is_ok();
        self.finished.push(Finished {
            name: name.to_owned(),
            took,
            outcome,
        });
        well
    }

    /// Does a stage without which the rest makes no sense.
    pub fn require(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.run(name, work) {
            return Ok(());
        }
        self.report()
    }

    /// Prints what each stage took and fails when one of them did.
    pub fn report(&self) -> Result<()> {
        println!("\n{}", self.summary());
        let failed: Vec<&str> = self
            .finished
            .iter()
            .filter(|stage| stage.outcome.is_err())
            .map(|stage| stage.name.as_str())
            .collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let width = self
            .finished
            .iter()
            .map(|stage| stage.name.len())
            .max()
            .unwrap_or(0);
        let mut lines = vec![format!("{:width$}  {:>8}", "stage", "time")];
        for stage in &self.finished {
            let note = match &stage.outcome {
                Ok(closing) => closing.join("; "),
                Err(error) => format!("FAILED: {error:#}"),
            };
            let line = format!("{:width$}  {:>8}  {note}", stage.name, seconds(stage.took));
            lines.push(line.trim_end().to_owned());
        }
        lines.push(format!(
            "{:width$}  {:>8}",
            "all",
            seconds(self.begun.elapsed())
        ));
        lines.join("\n")
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_does_not_hide_the_ones_after_it() {
        let mut stages = Stages::begin();

        stages.run("first", || bail!("it broke"));
        stages.run_tests("second", || Ok(vec!["3 passed".to_owned()]));

        let summary = stages.summary();
        assert!(summary.contains("FAILED: it broke"), "{summary}");
        assert!(summary.contains("3 passed"), "{summary}");
        assert_eq!(stages.report().unwrap_err().to_string(), "failed: first");
    }

    #[test]
    fn a_required_stage_ends_the_run() {
        let mut stages = Stages::begin();

        let ended = stages.require("build", || bail!("it broke"));

        assert_eq!(ended.unwrap_err().to_string(), "failed: build");
    }
}
