// The servers of a remote cache as its config names them, looked up again from time to time.
//
// Shape    a host name without a prefix is looked up too, so that the cache itself only connects to addresses and never waits for
//          DNS in the middle of a query.
// Threads  one of its own; Addresses from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "discovery/address_list.h"
#include "objstore/cache/cache_config.h"
#include "roles/role.h"
#include "runtime/periodic_task.h"

namespace varve {

class CacheServers {
 public:
  CacheServers(const CacheConfig& config, Process& process);

  absl::Status Start();  // looks up once before it returns; names that cannot be found yet are no error
  std::vector<std::string> Addresses() const { return list_.Addresses(); }

 private:
  const std::vector<std::string> names_;
  const Logger log_;
  const std::unique_ptr<DnsResolver> resolver_;
  AddressList list_;
  PeriodicTask task_;
};

}  // namespace varve
