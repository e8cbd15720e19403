//! Whom we trust: the certificates of the system, and those of `SSL_CERT_FILE` beside them, as OpenSSL on most systems has
//! it: a company's own CA does not put the public ones out of force. `SSL_CERT_DIR` stands in the place of the system's.
//!
//! Reads files and blocks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};

/// The roots as the environment has them. The error is a sentence that names the file.
pub(super) fn trusted() -> Result<RootCertStore, String> {
    let file = std::env::var_os("SSL_CERT_FILE");
    let dirs = std::env::var_os("SSL_CERT_DIR");
    let certificates = match file {
        Some(file) => beside(Path::new(&file), &folders(dirs))?,
        None => load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    Ok(roots)
}

fn folders(named: Option<OsString>) -> Vec<PathBuf> {
    match named {
        Some(named) => std::env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty()).collect(),
        None => openssl_probe::candidate_cert_dirs().map(Path::to_owned).collect(),
    }
}

/// The certificates of a file, of which there must be one, and what some folders hold.
fn beside(file: &Path, folders: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, String> {
    let own = load_certs_from_paths(Some(file), None);
    if own.certs.is_empty() {
        let why = own.errors.first().map_or_else(|| "not PEM".to_owned(), ToString::to_string);
        return Err(format!("SSL_CERT_FILE '{}' holds no certificate ({why})", file.display()));
    }
    let others = folders.iter().flat_map(|folder| load_certs_from_paths(None, Some(folder)).certs);
    Ok(own.certs.into_iter().chain(others).collect())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    /// What is read is a certificate by its frame alone.
    fn pem(content: &str) -> String {
        let base64 = base64::engine::general_purpose::STANDARD.encode(content);
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn an_own_file_is_trusted_beside_the_folders() {
        let folder = tempfile::tempdir().unwrap();
        let (own, system) = (folder.path().join("own.pem"), folder.path().join("system"));
        std::fs::create_dir(&system).unwrap();
        std::fs::write(&own, pem("ours")).unwrap();
        std::fs::write(system.join("public.pem"), pem("public")).unwrap();
        let read: Vec<Vec<u8>> = beside(&own, &[system]).unwrap().iter().map(|found| found.to_vec()).collect();
        assert_eq!(read, [b"ours".to_vec(), b"public".to_vec()]);
        assert_eq!(beside(&own, &[folder.path().join("gone")]).unwrap().len(), 1);
    }

    #[test]
    fn a_file_without_a_certificate_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (gone, other) = (folder.path().join("gone.pem"), folder.path().join("other.pem"));
        std::fs::write(&other, "hello").unwrap();
        let told = beside(&gone, &[]).unwrap_err();
        assert!(told.starts_with(&format!("SSL_CERT_FILE '{}' holds no certificate (", gone.display())), "{told}");
        let told = beside(&other, &[]).unwrap_err();
        assert_eq!(told, format!("SSL_CERT_FILE '{}' holds no certificate (not PEM)", other.display()));
    }

    #[test]
    fn a_named_folder_stands_for_the_systems() {
        assert_eq!(folders(Some("/a::/b".into())), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(folders(Some("".into())), Vec::<PathBuf>::new());
    }
}
