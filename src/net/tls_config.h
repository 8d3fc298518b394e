// Who we are and whom we trust on TLS connections, as flags and configs give it: names of PEM files.
//
// Shape    files are read again when they change, so rotated certificates need no restart (gRPC: within a minute; libcurl: at the
//          next connection).
// Errors   InvalidArgument naming the file that is missing, is not PEM, or does not fit the other one.
// Threads  values.
#pragma once

#include <absl/status/status.h>

#include <string>

namespace varve {

struct TlsServerConfig {
  std::string cert_file, key_file;
  std::string client_ca_file;  // when set, clients must show a certificate of this authority
  // Libraries here speak 1.2 and 1.3 alone; "1.3" is honoured where the library can be told so (not by gRPC 1.51).
  std::string min_version = "1.3";

  bool enabled() const { return !cert_file.empty() || !key_file.empty() || !client_ca_file.empty(); }
  absl::Status Check() const;  // reads the files
};

struct TlsClientConfig {
  std::string ca_file;              // empty: the system's authorities
  std::string cert_file, key_file;  // both or neither
  std::string server_name;          // expected instead of the name in the address
  bool insecure_skip_verify = false;
  std::string min_version;  // "", "1.2" or "1.3"

  absl::Status Check() const;
};

}  // namespace varve
