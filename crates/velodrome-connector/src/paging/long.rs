//! Answers that are too long for memory: their records wait in a file without a name.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead as _, BufWriter, Cursor, Read, Seek, Write},
};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt};
use uuid::Uuid;
use velodrome_model::location::Location;

/// Between two records. The text of one has no line break, so each is a line.
const SEPARATOR: &[u8] = b",\n";

/// Records as they come, written one behind the other. The file is gone when this is dropped, or with the
/// process: it never had a name.
pub(crate) struct Spool {
    file: BufWriter<File>,
    records: Location,
    count: usize,
}

impl Spool {
    /// An empty one for the records at this location.
    pub(crate) fn new(records: Location) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(64 * 1024, tempfile::tempfile()?),
            records,
            count: 0,
        })
    }

    /// Takes the records out of a page.
    pub(crate) fn take(&mut self, page: &mut Value) -> io::Result<()> {
        self.add(self.records.take_array(page).unwrap_or_default())
    }

    /// Takes these records.
    pub(crate) fn add(&mut self, records: Vec<Value>) -> io::Result<()> {
        for record in records {
            if self.count > 0 {
                self.file.write_all(SEPARATOR)?;
            }
            serde_json::to_writer(&mut self.file, &record)?;
            self.count += 1;
        }
        Ok(())
    }

    /// Where the next record will be.
    pub(crate) fn end(&mut self) -> io::Result<u64> {
        self.file.stream_position()
    }

    /// Where the record behind the first so many begins.
    pub(crate) fn offset_of(&mut self, records: usize) -> io::Result<u64> {
        let mut from = 0;
        let mut before = 0;
        while before < records {
            match self.read(&mut from, before, (records - before, usize::MAX))? {
                Some((_, count)) => before += count,
                None => break,
            }
        }
        Ok(from)
    }

    /// Records from a place in the file on, as a JSON array, and how many they are: at most so many, and no
    /// more after so many bytes. None at the end. The place moves on. `before` is how many come before it.
    pub(crate) fn read(
        &mut self,
        from: &mut u64,
        before: usize,
        (most, bytes): (usize, usize),
    ) -> io::Result<Option<(String, usize)>> {
        if before >= self.count {
            return Ok(None);
        }
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(io::SeekFrom::Start(*from))?;
        let mut reader = io::BufReader::with_capacity(64 * 1024, &mut *file);
        let (mut json, mut line, mut count) = (vec![b'['], Vec::new(), 0);
        while count < most && json.len() < bytes {
            line.clear();
            *from += reader.read_until(b'\n', &mut line)? as u64;
            if line.is_empty() {
                break;
            }
            let record = line.strip_suffix(SEPARATOR).unwrap_or(&line);
            // What was the last record has no separator behind it when it is read, and then has one.
            if record.is_empty() {
                continue;
            }
            if count > 0 {
                json.push(b',');
            }
            json.extend_from_slice(record);
            count += 1;
        }
        drop(reader);
        file.seek(io::SeekFrom::End(0))?;
        json.push(b']');
        let json = String::from_utf8(json).map_err(io::Error::other)?;
        Ok((count > 0).then_some((json, count)))
    }

    /// The answer: what the last page has beside its records, around all of them.
    pub(crate) fn finish(self, last: Value) -> io::Result<LongAnswer> {
        let Self {
            file,
            records,
            count,
        } = self;
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let (before, after) = around(&records, last)?;
        Ok(LongAnswer {
            before,
            file,
            after,
            count,
            location: records,
        })
    }
}

/// The JSON text before and after the records.
fn around(records: &Location, mut last: Value) -> io::Result<(String, String)> {
    // Nobody can have sent it: it is made now.
    let mark = json!(Uuid::new_v4().to_string());
    if let Err(marked) = records.put_array(&mut last, vec![mark.clone()]) {
        // The last page is something that holds no records.
        last = Value::Null;
        records
            .put_array(&mut last, marked)
            .map_err(|_| io::Error::other(format!("no list can stand at {records}")))?;
    }
    let text = last.to_string();
    text.split_once(&mark.to_string())
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .ok_or_else(|| io::Error::other("the mark is missing"))
}

/// An answer whose records are in a file.
pub struct LongAnswer {
    before: String,
    file: File,
    after: String,
    count: usize,
    location: Location,
}

/// The records of a long answer, read as they are asked for.
pub struct LongRecords {
    file: io::BufReader<File>,
    line: Vec<u8>,
}

impl LongRecords {
    /// Goes on behind the first so many records.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn skip_to(&mut self, records: usize) -> io::Result<()> {
        self.file.rewind()?;
        for _ in 0..records {
            self.line.clear();
            self.file.read_until(b'\n', &mut self.line)?;
        }
        Ok(())
    }

    /// The next records as a JSON array, and how many they are: at most so many, and no more after so many
    /// bytes. None at the end.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn next(&mut self, most: usize, bytes: usize) -> io::Result<Option<(String, usize)>> {
        let (mut json, mut count) = (vec![b'['], 0);
        while count < most && json.len() < bytes {
            self.line.clear();
            if self.file.read_until(b'\n', &mut self.line)? == 0 {
                break;
            }
            if count > 0 {
                json.push(b',');
            }
            let record = self.line.strip_suffix(SEPARATOR);
            json.extend_from_slice(record.unwrap_or(&self.line));
            count += 1;
        }
        json.push(b']');
        let json = String::from_utf8(json).map_err(io::Error::other)?;
        Ok((count > 0).then_some((json, count)))
    }
}

impl fmt::Debug for LongRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongRecords").finish_non_exhaustive()
    }
}

impl LongAnswer {
    /// Where its records stand.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// What stands around the records, with an empty list in their place, and the records.
    ///
    /// # Errors
    /// When what stands around them is no JSON.
    pub fn into_parts(self) -> io::Result<(Value, LongRecords)> {
        let around = serde_json::from_str(&format!("{}{}", self.before, self.after))?;
        let records = LongRecords {
            file: io::BufReader::with_capacity(64 * 1024, self.file),
            line: Vec::new(),
        };
        Ok((around, records))
    }

    /// How many records it has.
    pub fn records(&self) -> usize {
        self.count
    }

    /// Its JSON text, read from the file as it is asked for.
    pub fn into_text(self) -> impl AsyncRead + Send {
        let before = Cursor::new(self.before.into_bytes());
        let records = tokio::fs::File::from_std(self.file);
        let text = AsyncReadExt::chain(before, records);
        AsyncReadExt::chain(text, Cursor::new(self.after.into_bytes()))
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn into_value(self) -> io::Result<Value> {
        let text = Read::chain(
            Read::chain(self.before.as_bytes(), io::BufReader::new(self.file)),
            self.after.as_bytes(),
        );
        Ok(serde_json::from_reader(text)?)
    }
}

/// What a provider answered is nobody's to log.
impl fmt::Debug for LongAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongAnswer")
            .field("records", &self.count)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spooled(records: &str, pages: Vec<Value>) -> LongAnswer {
        let mut spool = Spool::new(records.parse().unwrap()).unwrap();
        let mut last = Value::Null;
        for mut page in pages {
            spool.take(&mut page).unwrap();
            last = page;
        }
        spool.finish(last).unwrap()
    }

    #[tokio::test]
    async fn the_records_of_all_pages_stand_in_the_last_one() {
        for (records, pages, expected) in [
            (
                "[rows]",
                vec![
                    json!({"rows": [1, {"a": "\"],["}], "n": 1}),
                    json!({"rows": [3], "n": 2}),
                ],
                json!({"rows": [1, {"a": "\"],["}, 3], "n": 2}),
            ),
            (
                "data.[rows]",
                vec![json!({"data": {"rows": [1]}}), json!({"end": true})],
                json!({"end": true, "data": {"rows": [1]}}),
            ),
            ("[]", vec![json!([1]), json!([2])], json!([1, 2])),
            ("[rows]", vec![json!({"rows": []})], json!({"rows": []})),
            (
                "[rows]",
                vec![json!({"rows": [1]}), json!("end")],
                json!({"rows": [1]}),
            ),
        ] {
            let value = spooled(records, pages.clone()).into_value().unwrap();
            let mut text = String::new();
            let mut reader = Box::pin(spooled(records, pages).into_text());
            reader.read_to_string(&mut text).await.unwrap();

            assert_eq!(value, expected);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        }
    }

    #[test]
    fn records_are_read_a_few_at_a_time_and_the_rest_apart_from_them() {
        let pages = vec![
            json!({"rows": [1, {"a": "x,\n"}], "n": 1}),
            json!({"rows": [3, [4], 5], "n": 2}),
        ];

        let (around, mut records) = spooled("[rows]", pages).into_parts().unwrap();

        assert_eq!(around, json!({"rows": [], "n": 2}));
        let mut parts = Vec::new();
        while let Some((text, count)) = records.next(2, 1_000).unwrap() {
            parts.push((serde_json::from_str::<Value>(&text).unwrap(), count));
        }
        let expected = [
            (json!([1, {"a": "x,\n"}]), 2),
            (json!([3, [4]]), 2),
            (json!([5]), 1),
        ];
        assert_eq!(parts, expected);
        let rows = || spooled("[rows]", vec![json!({"rows": [10, 20]})]).into_parts();
        let (_, mut records) = rows().unwrap();
        assert_eq!(records.next(9, 2).unwrap(), Some(("[10]".to_owned(), 1)));
        let (_, mut records) = rows().unwrap();
        records.next(1, 99).unwrap();
        records.skip_to(1).unwrap();
        assert_eq!(records.next(9, 99).unwrap(), Some(("[20]".to_owned(), 1)));
    }

    #[test]
    fn records_are_read_while_others_are_still_to_come() {
        let mut spool = Spool::new("[rows]".parse().unwrap()).unwrap();
        let (mut from, mut read) = (0, Vec::new());
        for page in [json!([1, 2, 3]), json!([{"a": "x,\n"}, []]), json!([6])] {
            spool.take(&mut json!({ "rows": page })).unwrap();
            while let Some((json, count)) = spool.read(&mut from, read.len(), (2, 1_000)).unwrap() {
                let some: Vec<Value> = serde_json::from_str(&json).unwrap();
                assert_eq!(some.len(), count);
                read.extend(some);
            }
        }

        let all = [
            json!(1),
            json!(2),
            json!(3),
            json!({"a": "x,\n"}),
            json!([]),
            json!(6),
        ];
        assert_eq!(read, all);
        assert_eq!(from, spool.end().unwrap());
        let mut from = spool.offset_of(4).unwrap();
        let rest = spool.read(&mut from, 4, (9, 1_000)).unwrap();
        assert_eq!(rest, Some(("[[],6]".to_owned(), 2)));
        let answer = spool.finish(json!({"rows": null})).unwrap();
        assert_eq!(answer.into_value().unwrap(), json!({ "rows": all }));
    }
}
