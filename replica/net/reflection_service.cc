#include "replica/net/reflection_service.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "replica/net/tag.h"

namespace althing {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

namespace {

void SetError(grpc::StatusCode code, const std::string& message,
              ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(message);
}

// The file behind all that it imports, each once.
void AddFile(const FileDescriptor& file, std::set<std::string>& added,
             ServerReflectionResponse& response) {
  if (!added.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), added, response);
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
}

void SetFile(const FileDescriptor* file, const std::string& wanted,
             ServerReflectionResponse& response) {
  if (file == nullptr) {
    return SetError(grpc::StatusCode::NOT_FOUND, absl::StrCat("not known: ", wanted), response);
  }
  std::set<std::string> added;
  AddFile(*file, added, response);
}

const FileDescriptor* FindExtension(const DescriptorPool& pool, const std::string& type,
                                    int number) {
  const auto* message = pool.FindMessageTypeByName(type);
  const auto* field = message == nullptr ? nullptr : pool.FindExtensionByNumber(message, number);
  return field == nullptr ? nullptr : field->file();
}

void SetExtensions(const DescriptorPool& pool, const std::string& type,
                   ServerReflectionResponse& response) {
  const auto* message = pool.FindMessageTypeByName(type);
  if (message == nullptr) {
    return SetError(grpc::StatusCode::NOT_FOUND, absl::StrCat("not known: ", type), response);
  }
  auto& numbers = *response.mutable_all_extension_numbers_response();
  numbers.set_base_type_name(type);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool.FindAllExtensions(message, &extensions);
  for (const auto* extension : extensions) numbers.add_extension_number(extension->number());
}

}  // namespace

ServerReflectionResponse Reflect(const ServerReflectionRequest& request,
                                 const std::vector<std::string>& services) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      SetFile(pool.FindFileByName(request.file_by_filename()), request.file_by_filename(),
              response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      SetFile(pool.FindFileContainingSymbol(request.file_containing_symbol()),
              request.file_containing_symbol(), response);
      break;
    case ServerReflectionRequest::kFileContainingExtension: {
      const auto& wanted = request.file_containing_extension();
      SetFile(
          FindExtension(pool, wanted.containing_type(), wanted.extension_number()),
          absl::StrCat("extension ", wanted.extension_number(), " of ", wanted.containing_type()),
          response);
      break;
    }
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      SetExtensions(pool, request.all_extension_numbers_of_type(), response);
      break;
    case ServerReflectionRequest::kListServices:
      response.mutable_list_services_response();
      for (const std::string& service : services) {
        response.mutable_list_services_response()->add_service()->set_name(service);
      }
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      SetError(grpc::StatusCode::INVALID_ARGUMENT, "the request asks nothing", response);
      break;
  }
  return response;
}

// Reads a question, writes the answer, and so on until the client has asked all.
class ReflectionService::Call {
 public:
  explicit Call(ReflectionService& owner) : owner_(owner) {
    owner_.service_.RequestServerReflectionInfo(&context_, &stream_, owner_.queue_, owner_.queue_,
                                                &accepted_tag_);
  }

  void Cancel() {
    if (accepted_) context_.TryCancel();
  }

 private:
  void OnAccepted(bool ok) {
    if (!ok) return;
    accepted_ = true;
    if (owner_.stopping_) {
      return stream_.Finish({grpc::StatusCode::UNAVAILABLE, "the replica is stopping"},
                            &finished_tag_);
    }
    const bool full = owner_.calls_.size() > kCallsMax;
    owner_.Offer();
    if (full) {
      stream_.Finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                      absl::StrCat(kCallsMax, " such calls run already; try again later")},
                     &finished_tag_);
    } else {
      stream_.Read(&request_, &read_tag_);
    }
  }
  void OnRead(bool ok) {
    if (owner_.stopping_) return;
    if (ok) {
      stream_.Write(Reflect(request_, owner_.services_), &written_tag_);
    } else {
      stream_.Finish(grpc::Status::OK, &finished_tag_);
    }
  }
  void OnWritten(bool ok) {
    if (owner_.stopping_) return;
    if (ok) {
      stream_.Read(&request_, &read_tag_);
    } else {
      stream_.Finish(grpc::Status::OK, &finished_tag_);
    }
  }
  // Destroys this call.
  void OnFinished(bool /*ok*/) {
    if (!owner_.stopping_) owner_.OnOver(this);
  }

  ReflectionService& owner_;
  bool accepted_ = false;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<ServerReflectionResponse, ServerReflectionRequest> stream_{
      &context_};
  ServerReflectionRequest request_;
  MethodTag<Call> accepted_tag_{this, &Call::OnAccepted};
  MethodTag<Call> read_tag_{this, &Call::OnRead};
  MethodTag<Call> written_tag_{this, &Call::OnWritten};
  MethodTag<Call> finished_tag_{this, &Call::OnFinished};
};

ReflectionService::ReflectionService(std::vector<std::string> services)
    : services_(std::move(services)) {}
ReflectionService::~ReflectionService() = default;

void ReflectionService::Start(grpc::ServerCompletionQueue& queue) {
  queue_ = &queue;
  Offer();
}

void ReflectionService::Offer() { calls_.push_back(std::make_unique<Call>(*this)); }

void ReflectionService::OnOver(Call* call) {
  std::erase_if(calls_, [&](const auto& one) { return one.get() == call; });
}

void ReflectionService::Stop() {
  stopping_ = true;
  for (const auto& call : calls_) call->Cancel();
}

}  // namespace althing
