#include "objstore/gcs/gcs_tokens.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "net/url.h"
#include "objstore/digests.h"
#include "runtime/files.h"

namespace varve {
namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/devstorage.full_control";
constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::chrono::seconds kPatience{30}, kMetadataPatience{5};
constexpr int64_t kJwtSeconds = 3600;

std::string Base64Url(std::string_view text) {
  std::string encoded = Base64Of(AsBytes(text));
  while (encoded.ends_with('=')) encoded.pop_back();
  for (char& c : encoded) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return encoded;
}

std::string TextOf(const JsonValue& json, std::string_view key) { return std::string(json[key].StringOr("")); }

JsonValue JsonText(std::string_view text) { return JsonValue(JsonValue::Variant(std::string(text))); }

class GcsTokenSource {
 public:
  GcsTokenSource(const GcsConfig& config, GcsTokenOptions options, std::unique_ptr<HttpTransport> transport)
      : service_account_(config.service_account),
        read_again_(config.read_again),
        options_(std::move(options)),
        transport_(std::move(transport)) {}

  absl::StatusOr<BearerToken> Fetch(const Context& ctx) const {
    if (!service_account_.empty()) return FromKey(ctx, ConfiguredAccount(), "service_account in the bucket's config");
    if (const std::string path = options_.env("GOOGLE_APPLICATION_CREDENTIALS").value_or(""); !path.empty()) {
      VARVE_ASSIGN_OR_RETURN(const std::string key, RealFiles().ReadAll(path));
      return FromKey(ctx, key, fmt::format("{} (GOOGLE_APPLICATION_CREDENTIALS)", path));
    }
    const std::string path = options_.env("HOME").value_or("") + "/.config/gcloud/application_default_credentials.json";
    if (const absl::StatusOr<std::string> key = RealFiles().ReadAll(path); key.ok()) return FromKey(ctx, *key, path);
    return FromMetadata(ctx);
  }

 private:
  // A file that cannot be read takes nothing away: whether the account is still good is for the server to say.
  std::string ConfiguredAccount() const {
    if (!read_again_) return service_account_;
    const absl::StatusOr<GcsConfig> fresh = read_again_();
    return fresh.ok() && !fresh->service_account.empty() ? fresh->service_account : service_account_;
  }

  absl::StatusOr<BearerToken> FromKey(const Context& ctx, const std::string& text, const std::string& source) const {
    const absl::StatusOr<JsonValue> key = JsonValue::Parse(text);
    if (!key.ok()) return FailedPrecondition("{}: not the JSON of a key", source);  // the text may hold a secret
    const std::string type = TextOf(*key, "type");
    if (type == "service_account") return FromServiceAccount(ctx, *key, source);
    if (type == "authorized_user") return FromRefreshToken(ctx, *key, source);
    return Unimplemented("{}: keys of type {:?} are not supported; write one of type service_account, or use workload identity",
                         source, type);
  }

  absl::StatusOr<BearerToken> FromServiceAccount(const Context& ctx, const JsonValue& key, const std::string& source) const {
    const std::string email = TextOf(key, "client_email");
    std::string uri = TextOf(key, "token_uri");
    if (uri.empty()) uri = kTokenUri;
    const int64_t now = options_.clock->NowMs() / 1000;
    const JsonValue claims(JsonValue::Variant(JsonValue::Object{{"iss", JsonText(email)},
                                                                {"scope", JsonText(kScope)},
                                                                {"aud", JsonText(uri)},
                                                                {"iat", JsonValue(JsonValue::Variant(now))},
                                                                {"exp", JsonValue(JsonValue::Variant(now + kJwtSeconds))}}));
    const absl::StatusOr<std::string> jwt = SignedJwt(TextOf(key, "private_key"), claims.ToString());
    if (!jwt.ok()) return Annotate(jwt.status(), "{}", source);
    UrlParams form;
    form.Add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    form.Add("assertion", *jwt);
    return PostForm(ctx, uri, form, fmt::format("{} ({})", email, source));
  }

  absl::StatusOr<BearerToken> FromRefreshToken(const Context& ctx, const JsonValue& key, const std::string& source) const {
    UrlParams form;
    form.Add("grant_type", "refresh_token");
    for (const std::string_view field : {"client_id", "client_secret", "refresh_token"})
      form.Add(std::string(field), TextOf(key, field));
    return PostForm(ctx, std::string(kTokenUri), form, source);
  }

  absl::StatusOr<BearerToken> FromMetadata(const Context& ctx) const {
    const std::optional<std::string> host = options_.env("GCE_METADATA_HOST");
    TransportRequest request{.url = (host.has_value() ? "http://" + *host : options_.metadata_url) +
                                    "/computeMetadata/v1/instance/service-accounts/default/token"};
    request.headers.Set("Metadata-Flavor", "Google");
    const absl::StatusOr<BearerToken> token =
        FetchBearerToken(ctx.WithTimeout(kMetadataPatience), *transport_, std::move(request), "the metadata server's account",
                         options_.clock->NowMs());
    if (token.ok() || !ctx.Check().ok()) return token;
    return FailedPrecondition(
        "no credentials for GCS were found; looked at: service_account in the bucket's config; "
        "GOOGLE_APPLICATION_CREDENTIALS; ~/.config/gcloud/application_default_credentials.json; {}",
        Message(token.status()));
  }

  absl::StatusOr<BearerToken> PostForm(const Context& ctx, const std::string& uri, const UrlParams& form,
                                       std::string source) const {
    const std::string body = form.Encode();
    TransportRequest request{.method = "POST", .url = uri, .body = AsBytes(body)};
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    return FetchBearerToken(ctx.WithTimeout(kPatience), *transport_, std::move(request), std::move(source),
                            options_.clock->NowMs());
  }

  const std::string service_account_;  // as it was at the start
  const std::function<absl::StatusOr<GcsConfig>()> read_again_;
  const GcsTokenOptions options_;
  const std::unique_ptr<HttpTransport> transport_;
};

}  // namespace

absl::StatusOr<std::string> SignedJwt(const std::string& private_key_pem, const std::string& claims_json) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                                                EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> signer(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const std::string head = Base64Url(R"({"alg":"RS256","typ":"JWT"})") + "." + Base64Url(claims_json);
  size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
      EVP_DigestSignInit(signer.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(signer.get(), nullptr, &size, AsU8(AsBytes(head)), head.size()) != 1) {
    return FailedPrecondition("private_key is not an RSA key in PEM");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(signer.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, AsU8(AsBytes(head)), head.size()) !=
      1) {
    return FailedPrecondition("private_key cannot sign");
  }
  signature.resize(size);
  return head + "." + Base64Url(signature);
}

absl::StatusOr<std::unique_ptr<Expiring<BearerToken>>> MakeGcsTokens(const GcsConfig& config, GcsTokenOptions options) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<HttpTransport> transport, HttpTransport::Make({}));
  Clock& clock = *options.clock;
  auto source = std::make_shared<const GcsTokenSource>(config, std::move(options), std::move(transport));
  return std::make_unique<Expiring<BearerToken>>([source](const Context& ctx) { return source->Fetch(ctx); }, clock);
}

}  // namespace varve
