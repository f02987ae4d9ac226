//! The libraries that scripts find loaded, fetched from the npm registry.
//!
//! Building needs neither Node nor a network: what this writes is in the repository.

use std::{fs, io::Write, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use flate2::{Compression, GzBuilder};
use serde::Deserialize;

use crate::{process, workspace::Workspace};

/// A package, its version and digest, and the file of it that is used.
struct Library {
    name: &'static str,
    version: &'static str,
    /// As `npm view <package>@<version> dist.integrity` says.
    integrity: &'static str,
    file: &'static str,
}

const LIBRARIES: [Library; 3] = [
    Library {
        name: "moment",
        version: "2.31.0",
        integrity: "sha512-0acOTfMiWOheYS4eoWb80yYMb/JLvVv9SHbs2PehaDzfUG0Bw855SKyk0IKTnPGa5+U2bmi3W68l1+sGLX/pvw==",
        file: "min/moment.min.js",
    },
    Library {
        name: "moment-timezone",
        version: "0.6.6",
        integrity: "sha512-LF5AAYsMduXFW2ungr/D9JqNq9ykZyhWgYG6wFtdGZW5ZlBDTBgTUFqW8EC7Fa+Dvs3IMZxlWkSR09sW2D/+0w==",
        file: "builds/moment-timezone-with-data.min.js",
    },
    Library {
        name: "crypto-js",
        version: "4.2.0",
        integrity: "sha512-KALDyEYgpY+Rlob/iriUtjV6d5Eq+Y191A5g4UqLAi8CyGP9N1+FdVbkc1SxKc2r4YAYqG8JzO2KGL+AizD70Q==",
        file: "crypto-js.js",
    },
];

#[derive(Deserialize)]
struct Packed {
    filename: String,
    integrity: String,
}

/// Fetches every library and writes it to the folder of the crate that embeds it.
pub fn write(workspace: &Workspace) -> Result<()> {
    let vendor = workspace.path("crates/velodrome-script/vendor");
    let room = workspace.path("target/libraries");
    fs::create_dir_all(&room)?;
    for library in &LIBRARIES {
        let package = format!("{}@{}", library.name, library.version);
        let mut pack = Command::new("npm");
        pack.args(["pack", "--json", &package]).current_dir(&room);
        let told = process::capture(&mut pack)?;
        let [packed]: [Packed; 1] =
            serde_json::from_str(&told).context("reading what `npm pack` says")?;
        ensure!(
            packed.integrity == library.integrity,
            "{package} has the digest {}, not the one in xtask/src/libraries.rs",
            packed.integrity
        );
        let mut unpack = Command::new("tar");
        unpack.arg("xzf").arg(&packed.filename).current_dir(&room);
        process::capture(&mut unpack)?;
        keep(library, &room.join("package"), &vendor.join(library.name))?;
        fs::remove_dir_all(room.join("package"))?;
        println!("{package}: {}", library.file);
    }
    Ok(())
}

fn keep(library: &Library, package: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::copy(package.join("LICENSE"), folder.join("LICENSE"))?;
    let source = fs::read(package.join(library.file))
        .with_context(|| format!("{} has no {}", library.name, library.file))?;
    let name = library.file.rsplit('/').next().unwrap_or(library.file);
    let file = fs::File::create(folder.join(format!("{name}.gz")))?;
    // Without time and name, so that the same source makes the same file.
    let mut gzip = GzBuilder::new().write(file, Compression::best());
    gzip.write_all(&source)?;
    gzip.finish()?;
    Ok(())
}
