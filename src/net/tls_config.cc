#include "net/tls_config.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

SslContext NewContext() {
  SslContext context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  VARVE_CHECK(context != nullptr);
  return context;
}

absl::Status Failed(std::string_view what, const std::string& file) {
  char reason[256] = "";
  ERR_error_string_n(ERR_peek_last_error(), reason, sizeof(reason));
  ERR_clear_error();
  return InvalidArgument("TLS {} {:?}: {}", what, file, reason);
}

absl::Status CheckPair(const std::string& cert_file, const std::string& key_file) {
  const SslContext context = NewContext(), key_alone = NewContext();
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1) return Failed("certificate", cert_file);
  if (SSL_CTX_use_PrivateKey_file(key_alone.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) return Failed("key", key_file);
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    ERR_clear_error();
    return InvalidArgument("TLS key {:?} does not belong to certificate {:?}", key_file, cert_file);
  }
  return absl::OkStatus();
}

absl::Status CheckAuthorities(const std::string& file) {
  const SslContext context = NewContext();
  return SSL_CTX_load_verify_file(context.get(), file.c_str()) == 1 ? absl::OkStatus() : Failed("certificate authority", file);
}

absl::Status CheckMinVersion(const std::string& version) {
  if (version.empty() || version == "1.0" || version == "1.1" || version == "1.2" || version == "1.3") return absl::OkStatus();
  return InvalidArgument("TLS version {:?} is unknown; write 1.0, 1.1, 1.2 or 1.3", version);
}

}  // namespace

absl::Status TlsServerConfig::Check() const {
  VARVE_RETURN_IF_ERROR(CheckMinVersion(min_version));
  if (!enabled()) return absl::OkStatus();
  if (cert_file.empty() || key_file.empty()) return InvalidArgument("TLS for a server needs both a certificate and a key");
  VARVE_RETURN_IF_ERROR(CheckPair(cert_file, key_file));
  return client_ca_file.empty() ? absl::OkStatus() : CheckAuthorities(client_ca_file);
}

absl::Status TlsClientConfig::Check() const {
  VARVE_RETURN_IF_ERROR(CheckMinVersion(min_version));
  if (cert_file.empty() != key_file.empty())
    return InvalidArgument("TLS: a client certificate needs its key, and the other way round");
  if (!cert_file.empty()) VARVE_RETURN_IF_ERROR(CheckPair(cert_file, key_file));
  return ca_file.empty() ? absl::OkStatus() : CheckAuthorities(ca_file);
}

}  // namespace varve
