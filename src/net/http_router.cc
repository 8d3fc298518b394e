#include "net/http_router.h"

#include <map>

#include "base/check.h"

namespace varve {

// One segment of the path.
struct HttpRouter::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> exact;
  std::unique_ptr<Node> any;                             // the segment is a :name
  std::unique_ptr<Node> rest;                            // the pattern ends here with *name
  std::vector<std::string> value_names;                  // of the pattern that ends here
  std::map<std::string, HttpRoute, std::less<>> routes;  // by method
};

namespace {

// Splits "/a/b/" into "a", "b", "".
std::vector<std::string_view> Segments(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::string CleanPrefix(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(0, "/");
  return prefix;
}

// Walks the tree along decoded segments, exact ones first; `values` collects what :names and *names stood for.
template <typename Node>
const Node* Walk(const Node& node, const std::vector<std::string>& segments, size_t at, std::vector<std::string>& values) {
  if (at == segments.size()) return node.routes.empty() ? nullptr : &node;
  if (const auto it = node.exact.find(segments[at]); it != node.exact.end()) {
    if (const Node* found = Walk(*it->second, segments, at + 1, values)) return found;
  }
  if (node.any != nullptr && !segments[at].empty()) {
    values.push_back(segments[at]);
    if (const Node* found = Walk(*node.any, segments, at + 1, values)) return found;
    values.pop_back();
  }
  if (node.rest != nullptr) {
    std::string rest;
    for (size_t i = at; i < segments.size(); ++i) rest += (i == at ? "" : "/") + segments[i];
    values.push_back(std::move(rest));
    return node.rest.get();
  }
  return nullptr;
}

}  // namespace

HttpRouter::HttpRouter(std::string prefix) : prefix_(CleanPrefix(std::move(prefix))), root_(std::make_unique<Node>()) {}
HttpRouter::~HttpRouter() = default;
HttpRouter::HttpRouter(HttpRouter&&) noexcept = default;
HttpRouter& HttpRouter::operator=(HttpRouter&&) noexcept = default;

void HttpRouter::Add(std::string_view methods, std::string_view pattern, HttpHandler handler, HttpRouteOptions options) {
  AddAtRoot(methods, prefix_ + std::string(pattern), std::move(handler), std::move(options));
}

void HttpRouter::AddAtRoot(std::string_view methods, std::string_view pattern, HttpHandler handler, HttpRouteOptions options) {
  Node* node = root_.get();
  std::vector<std::string> names;
  const auto step = [](std::unique_ptr<Node>& child) {
    if (child == nullptr) child = std::make_unique<Node>();
    return child.get();
  };
  for (const std::string_view segment : Segments(pattern)) {
    if (segment.starts_with(':') || segment.starts_with('*')) {
      names.emplace_back(segment.substr(1));
      node = step(segment.starts_with(':') ? node->any : node->rest);
    } else {
      node = step(node->exact[std::string(segment)]);
    }
  }
  node->value_names = std::move(names);
  while (!methods.empty()) {
    const size_t comma = methods.find(',');
    const bool added = node->routes.emplace(methods.substr(0, comma), HttpRoute{handler, options}).second;
    VARVE_CHECK(added);
    methods.remove_prefix(comma == std::string_view::npos ? methods.size() : comma + 1);
  }
}

HttpRouteMatch HttpRouter::Find(std::string_view method, std::string_view raw_path) const {
  HttpRouteMatch match;
  if (!raw_path.starts_with('/')) return match;
  std::vector<std::string> segments;
  for (const std::string_view raw : Segments(raw_path)) {
    absl::StatusOr<std::string> segment = UrlDecodePath(raw);
    if (!segment.ok()) return match;
    segments.push_back(*std::move(segment));
  }
  std::vector<std::string> values;
  const Node* node = Walk(*root_, segments, 0, values);
  if (node == nullptr) return match;
  auto route = node->routes.find(method);
  if (route == node->routes.end() && method == "HEAD") route = node->routes.find("GET");
  match.cors = node->routes.begin()->second.options.cors;
  if (route == node->routes.end()) {
    for (const auto& [name, unused] : node->routes) match.allowed += (match.allowed.empty() ? "" : ", ") + name;
    return match;
  }
  match.route = &route->second;
  for (size_t i = 0; i < values.size(); ++i) match.path_values.emplace_back(node->value_names[i], std::move(values[i]));
  return match;
}

void AddCorsHeaders(HttpHeaders& headers) {
  headers.Set("Access-Control-Allow-Headers", "Accept, Accept-Encoding, Authorization, Content-Type, Origin");
  headers.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  headers.Set("Access-Control-Allow-Origin", "*");
  headers.Set("Access-Control-Expose-Headers", "Date");
}

}  // namespace varve
