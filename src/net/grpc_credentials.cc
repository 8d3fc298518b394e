#include "net/grpc_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "base/status_macros.h"

namespace varve {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 60;

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsServerConfig& config) {
  VARVE_RETURN_IF_ERROR(config.Check());
  if (!config.enabled()) return grpc::InsecureServerCredentials();
  const auto files = std::make_shared<tls::FileWatcherCertificateProvider>(config.key_file, config.cert_file,
                                                                           config.client_ca_file, kRefreshSeconds);
  tls::TlsServerCredentialsOptions options(files);
  options.watch_identity_key_cert_pairs();
  if (!config.client_ca_file.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    // The default verifier compares host names, which clients do not have.
    options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  }
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const std::optional<TlsClientConfig>& config) {
  if (!config.has_value()) return grpc::InsecureChannelCredentials();
  VARVE_RETURN_IF_ERROR(config->Check());
  tls::TlsChannelCredentialsOptions options;
  if (!config->ca_file.empty() || !config->cert_file.empty()) {
    options.set_certificate_provider(std::make_shared<tls::FileWatcherCertificateProvider>(config->key_file, config->cert_file,
                                                                                           config->ca_file, kRefreshSeconds));
    if (!config->ca_file.empty()) options.watch_root_certs();
    if (!config->cert_file.empty()) options.watch_identity_key_cert_pairs();
  }
  if (config->insecure_skip_verify) {
    options.set_verify_server_certs(false);
    options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
    options.set_check_call_host(false);
  }
  return tls::TlsCredentials(options);
}

}  // namespace varve
