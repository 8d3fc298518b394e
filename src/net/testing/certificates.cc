#include "net/testing/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/check.h"

namespace varve {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<FILE, int (*)(FILE*)>;

Key NewKey() { return Key(EVP_EC_gen("P-256"), EVP_PKEY_free); }

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  VARVE_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`, or by itself without one.
Certificate NewCertificate(const char* name, long serial, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate certificate(X509_new(), X509_free);
  X509* x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1,
                             0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer : x));
  AddExtension(x, issuer != nullptr ? issuer : x, NID_basic_constraints, issuer != nullptr ? "CA:FALSE" : "critical,CA:TRUE");
  if (issuer != nullptr) AddExtension(x, issuer, NID_subject_alt_name, "IP:127.0.0.1,DNS:varve.test");
  VARVE_CHECK(X509_sign(x, issuer_key, EVP_sha256()) > 0);
  return certificate;
}

File Open(const std::string& path) {
  File file(fopen(path.c_str(), "w"), fclose);
  VARVE_CHECK(file != nullptr);
  return file;
}

}  // namespace

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "varve-certificates-XXXXXX").string();
  VARVE_CHECK(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  const Key ca_key = NewKey(), key = NewKey();
  const Certificate ca = NewCertificate("varve test authority", 1, ca_key.get(), nullptr, ca_key.get());
  const Certificate leaf = NewCertificate("varve.test", 2, key.get(), ca.get(), ca_key.get());
  PEM_write_X509(Open(ca_file()).get(), ca.get());
  PEM_write_X509(Open(cert_file()).get(), leaf.get());
  PEM_write_PrivateKey(Open(key_file()).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_PrivateKey(Open(other_key_file()).get(), ca_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace varve
