//! Object identifiers: OpenSSL's numbers and names for those that programs meet.

/// Number, short name, long name, dotted form.
pub type Oid = (i64, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const OIDS: &[Oid] = &[
    (13, "CN", "commonName", "2.5.4.3"),
    (100, "SN", "surname", "2.5.4.4"),
    (105, "serialNumber", "serialNumber", "2.5.4.5"),
    (14, "C", "countryName", "2.5.4.6"),
    (15, "L", "localityName", "2.5.4.7"),
    (16, "ST", "stateOrProvinceName", "2.5.4.8"),
    (660, "street", "streetAddress", "2.5.4.9"),
    (17, "O", "organizationName", "2.5.4.10"),
    (18, "OU", "organizationalUnitName", "2.5.4.11"),
    (106, "title", "title", "2.5.4.12"),
    (107, "description", "description", "2.5.4.13"),
    (860, "businessCategory", "businessCategory", "2.5.4.15"),
    (661, "postalCode", "postalCode", "2.5.4.17"),
    (173, "name", "name", "2.5.4.41"),
    (99, "GN", "givenName", "2.5.4.42"),
    (101, "initials", "initials", "2.5.4.43"),
    (509, "generationQualifier", "generationQualifier", "2.5.4.44"),
    (174, "dnQualifier", "dnQualifier", "2.5.4.46"),
    (510, "pseudonym", "pseudonym", "2.5.4.65"),
    (1089, "organizationIdentifier", "organizationIdentifier", "2.5.4.97"),
    (48, "emailAddress", "emailAddress", "1.2.840.113549.1.9.1"),
    (391, "DC", "domainComponent", "0.9.2342.19200300.100.1.25"),
    (458, "UID", "userId", "0.9.2342.19200300.100.1.1"),
    (955, "jurisdictionL", "jurisdictionLocalityName", "1.3.6.1.4.1.311.60.2.1.1"),
    (956, "jurisdictionST", "jurisdictionStateOrProvinceName", "1.3.6.1.4.1.311.60.2.1.2"),
    (957, "jurisdictionC", "jurisdictionCountryName", "1.3.6.1.4.1.311.60.2.1.3"),
    (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    (130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    (131, "codeSigning", "Code Signing", "1.3.6.1.5.5.7.3.3"),
    (132, "emailProtection", "E-mail Protection", "1.3.6.1.5.5.7.3.4"),
    (133, "timeStamping", "Time Stamping", "1.3.6.1.5.5.7.3.8"),
    (180, "OCSPSigning", "OCSP Signing", "1.3.6.1.5.5.7.3.9"),
    (82, "subjectKeyIdentifier", "X509v3 Subject Key Identifier", "2.5.29.14"),
    (83, "keyUsage", "X509v3 Key Usage", "2.5.29.15"),
    (85, "subjectAltName", "X509v3 Subject Alternative Name", "2.5.29.17"),
    (87, "basicConstraints", "X509v3 Basic Constraints", "2.5.29.19"),
    (103, "crlDistributionPoints", "X509v3 CRL Distribution Points", "2.5.29.31"),
    (90, "authorityKeyIdentifier", "X509v3 Authority Key Identifier", "2.5.29.35"),
    (126, "extendedKeyUsage", "X509v3 Extended Key Usage", "2.5.29.37"),
    (177, "authorityInfoAccess", "Authority Information Access", "1.3.6.1.5.5.7.1.1"),
    (178, "OCSP", "OCSP", "1.3.6.1.5.5.7.48.1"),
    (179, "caIssuers", "CA Issuers", "1.3.6.1.5.5.7.48.2"),
    (6, "rsaEncryption", "rsaEncryption", "1.2.840.113549.1.1.1"),
    (668, "RSA-SHA256", "sha256WithRSAEncryption", "1.2.840.113549.1.1.11"),
    (64, "SHA1", "sha1", "1.3.14.3.2.26"),
    (672, "SHA256", "sha256", "2.16.840.1.101.3.4.2.1"),
    (4, "MD5", "md5", "1.2.840.113549.2.5"),
];

pub fn by_number(n: i64) -> Option<&'static Oid> {
    OIDS.iter().find(|o| o.0 == n)
}

pub fn by_dotted(text: &str) -> Option<&'static Oid> {
    OIDS.iter().find(|o| o.3 == text)
}

pub fn by_name(text: &str) -> Option<&'static Oid> {
    OIDS.iter().find(|o| o.1 == text || o.2 == text)
}
