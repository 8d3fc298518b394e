#include "net/probe.h"

namespace varve {
namespace {

Gauge& StatusGauge(MetricsRegistry& registry, const std::string& component, const std::string& check) {
  return NewGauge(registry, "thanos_status", "Represents status (0 indicates failure, 1 indicates success) of the component.",
                  {{"component", component}, {"check", check}});
}

HttpResponse Answer(bool good) { return good ? HttpResponse::Text(200, "OK") : HttpResponse::Text(503, "NOT OK\n"); }

}  // namespace

Probe::Probe(const std::string& component, MetricsRegistry& registry, Logger log)
    : log_(std::move(log)),
      healthy_gauge_(StatusGauge(registry, component, "healthy")),
      ready_gauge_(StatusGauge(registry, component, "ready")) {}

void Probe::SetHealthy() {
  MutexLock lock(mutex_);
  if (!healthy_) log_.Info("changing probe status", {{"status", "healthy"}});
  healthy_ = true;
  healthy_gauge_.Set(1);
}

void Probe::SetNotHealthy(const absl::Status& reason) {
  MutexLock lock(mutex_);
  if (healthy_) log_.Info("changing probe status", {{"status", "not-healthy"}, {"reason", reason}});
  healthy_ = false;
  healthy_gauge_.Set(0);
}

void Probe::SetReady() {
  MutexLock lock(mutex_);
  if (!ready_) log_.Info("changing probe status", {{"status", "ready"}});
  Tell(true);
}

void Probe::SetNotReady(const absl::Status& reason) {
  MutexLock lock(mutex_);
  if (ready_) log_.Warn("changing probe status", {{"status", "not-ready"}, {"reason", reason}});
  Tell(false);
}

void Probe::Tell(bool ready) {
  ready_gauge_.Set(ready ? 1 : 0);
  if (ready_ == ready) return;
  ready_ = ready;
  for (const auto& listener : listeners_) listener(ready);
}

bool Probe::healthy() const {
  MutexLock lock(mutex_);
  return healthy_;
}

bool Probe::ready() const {
  MutexLock lock(mutex_);
  return ready_;
}

void Probe::OnReadyChange(std::function<void(bool)> listener) {
  MutexLock lock(mutex_);
  listener(ready_);
  listeners_.push_back(std::move(listener));
}

void AddRoleEndpoints(HttpRouter& router, const Probe& probe, const MetricsRegistry& registry) {
  const HttpRouteOptions quick = {.quick = true};
  router.AddAtRoot(
      "GET", "/-/healthy", [&probe](const HttpRequest&) { return Answer(probe.healthy()); }, quick);
  router.AddAtRoot(
      "GET", "/-/ready", [&probe](const HttpRequest&) { return Answer(probe.ready()); }, quick);
  router.AddAtRoot(
      "GET", "/metrics",
      [&registry](const HttpRequest&) {
        HttpResponse response;
        response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        response.body = MetricsAsText(registry);
        return response;
      },
      quick);
}

}  // namespace varve
