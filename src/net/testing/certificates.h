// A certificate authority of our own and certificates for 127.0.0.1 and "varve.test", made anew for each test.
#pragma once

#include <string>

namespace varve {

class TestCertificates {
 public:
  TestCertificates();  // in a temporary folder
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  std::string ca_file() const { return folder_ + "/ca.pem"; }
  std::string cert_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }
  std::string other_key_file() const { return folder_ + "/ca-key.pem"; }  // of the authority: does not fit cert_file

 private:
  std::string folder_;
};

}  // namespace varve
