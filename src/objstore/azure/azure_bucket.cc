#include "objstore/azure/azure_bucket.h"

#include <algorithm>
#include <atomic>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/azure/azure_answers.h"
#include "objstore/azure/azure_client.h"
#include "objstore/digests.h"
#include "objstore/http/http_bucket.h"
#include "objstore/listed_names.h"
#include "objstore/object_name.h"

namespace varve {
namespace {

constexpr uint64_t kObjectBytesMax = uint64_t{16} << 30;  // for ReadAll
constexpr uint64_t kBlockBytes = 8 << 20;                 // longer blobs are sent in such blocks
constexpr uint64_t kBlocksMax = 50'000;
constexpr size_t kBlocksAtOnce = 4;

class AzureBucket : public HttpBucket {
 public:
  AzureBucket(AzureConfig config, std::unique_ptr<HttpTransport> transport, std::unique_ptr<Expiring<BearerToken>> tokens,
              const Logger& logger, Clock& clock)
      : HttpBucket(config.mark_raw_chunks),
        client_(std::move(config), std::move(transport), std::move(tokens), clock),
        logger_(logger) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    VARVE_ASSIGN_OR_RETURN(const std::string prefix, DirectoryPrefix(directory));
    std::string from;
    do {
      AzureCall call{.what = "list"};
      call.query.Add("restype", "container");
      call.query.Add("comp", "list");
      if (!prefix.empty()) call.query.Add("prefix", prefix);
      if (!options.recursive) call.query.Add("delimiter", "/");
      if (!from.empty()) call.query.Add("marker", from);
      VARVE_ASSIGN_OR_RETURN(const TransportResponse response, Do(ctx, call));
      absl::StatusOr<AzureListPage> page = ParseAzureListPage(response.text);
      if (!page.ok())
        return Unavailable("list {}: {}; if this stays so, the endpoint is not Azure's", name(), Message(page.status()));
      from = page->next;
      for (const ObjectEntry& entry : EntriesOf(*std::move(page))) VARVE_RETURN_IF_ERROR(visit(entry));
      VARVE_RETURN_IF_ERROR(ctx.Check());
    } while (!from.empty());
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    VARVE_ASSIGN_OR_RETURN(TransportResponse response, Do(ctx, {.what = "read", .key = name, .text_bytes_max = kObjectBytesMax}));
    return std::move(response.text);
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, Do(ctx, {.what = "look at", .method = "HEAD", .key = name}));
    return AttributesOfHead(response, name);
  }

  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    AzureCall call{.what = "delete", .method = "DELETE", .key = name};
    call.headers.Set("x-ms-delete-snapshots", "include");
    return Do(ctx, call).status();
  }

  std::string_view name() const override { return client_.config().container; }
  std::string_view provider() const override { return "AZURE"; }

 private:
  absl::StatusOr<TransportResponse> GetRange(const Context& ctx, std::string_view name, const std::string& range,
                                             std::span<std::byte> out) override {
    AzureCall call{.what = "read", .key = name, .into = out};
    call.headers.Set("x-ms-range", range);
    return Do(ctx, call);
  }

  // As the client does, once the container is there.
  absl::StatusOr<TransportResponse> Do(const Context& ctx, const AzureCall& call) {
    absl::StatusOr<TransportResponse> response = client_.Do(ctx, call);
    if (!IsContainerMissing(response.status()) || !client_.config().create_container) return response;
    AzureCall create{.what = "make container", .method = "PUT"};
    create.query.Add("restype", "container");
    if (const absl::Status made = client_.Do(ctx, create).status(); made.ok()) {
      logger_.Info("made the container, which was missing", {{"container", name()}});
    } else if (!absl::IsAlreadyExists(made)) {
      return made;
    }
    return client_.Do(ctx, call);
  }

  std::vector<ObjectEntry> EntriesOf(AzureListPage page) {
    ListedNames names(name(), logger_, told_skipped_);
    for (auto& [blob, attributes] : page.blobs) names.AddObject(std::move(blob), attributes);
    for (std::string& prefix : page.prefixes) names.AddDirectory(std::move(prefix));
    return names.TakeSorted();
  }

  static absl::Status AddContent(const UploadSource& content, AzureCall& call) {
    ContentDigests digests(true);
    VARVE_RETURN_IF_ERROR(content.Visit([&digests](Bytes bytes) { digests.Update(bytes); }));
    call.headers.Set("Content-MD5", digests.TakeMd5Base64());  // the server compares
    call.body = content.bytes;
    call.file = content.file;
    return absl::OkStatus();
  }

  absl::Status Put(const Context& ctx, std::string_view name, const UploadSource& content, const PutOptions& options) override {
    AzureCall call{.what = "upload", .method = "PUT", .key = name};
    if (options.only_if_absent) call.headers.Set("If-None-Match", "*");
    if (options.mark) call.headers.Set("x-ms-tags", kRawChunksTagging);
    if (content.size() > kBlockBytes) return SendBlocks(ctx, std::move(call), content);
    call.headers.Set("x-ms-blob-type", "BlockBlob");
    call.headers.Set("Content-Type", "application/octet-stream");
    VARVE_RETURN_IF_ERROR(AddContent(content, call));
    return Do(ctx, call).status();
  }

  absl::Status SendBlocks(const Context& ctx, AzureCall put_list, const UploadSource& content) {
    const uint64_t block_bytes = std::max(kBlockBytes, (content.size() + kBlocksMax - 1) / kBlocksMax);
    std::vector<std::string> ids((content.size() + block_bytes - 1) / block_bytes);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = Base64Of(AsBytes(fmt::format("{:08}", i)));
    VARVE_RETURN_IF_ERROR(UploadParts(ctx, ids.size(), kBlocksAtOnce, [&](const Context& block_ctx, size_t i) {
      AzureCall call{.what = "upload a block of", .method = "PUT", .key = put_list.key};
      call.query.Add("comp", "block");
      call.query.Add("blockid", ids[i]);
      const uint64_t offset = i * block_bytes;
      VARVE_RETURN_IF_ERROR(AddContent(content.Part(offset, std::min(block_bytes, content.size() - offset)), call));
      return Do(block_ctx, call).status();
    }));
    const std::string body = BlockListXml(ids);
    put_list.query.Add("comp", "blocklist");
    put_list.headers.Set("x-ms-blob-content-type", "application/octet-stream");
    put_list.headers.Set("Content-Type", "application/xml");
    put_list.body = AsBytes(body);
    return Do(ctx, put_list).status();
  }

  AzureClient client_;
  const Logger logger_;
  std::atomic<bool> told_skipped_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Bucket>> NewAzureBucket(AzureConfig config, const Logger& logger, AzureTokenOptions options) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<HttpTransport> transport, HttpTransport::Make(config.http));
  std::unique_ptr<Expiring<BearerToken>> tokens;
  Clock& clock = *options.clock;
  if (config.account_key.empty() && config.sas.empty()) {
    VARVE_ASSIGN_OR_RETURN(tokens, MakeAzureTokens(config, std::move(options)));
  }
  return std::make_unique<AzureBucket>(std::move(config), std::move(transport), std::move(tokens), logger, clock);
}

}  // namespace varve
