#include "replica/net/reflection_service.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "pb/reflection.grpc.pb.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

using grpc::reflection::v1alpha::ServerReflection;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ServerReflectionRequest AskForSymbol(const std::string& symbol) {
  ServerReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return request;
}

std::string ErrorOf(const ServerReflectionRequest& request) {
  const ServerReflectionResponse response = Reflect(request, {});
  EXPECT_EQ(response.original_request().DebugString(), request.DebugString());
  return absl::StrCat(response.error_response().error_code(), " ",
                      response.error_response().error_message());
}

TEST(ReflectTest, AFileComesWithAllThatItImportsSoThatAToolCanBuildIt) {
  ServerReflectionRequest by_name;
  by_name.set_file_by_filename("pb/peer.proto");
  const ServerReflectionResponse response = Reflect(by_name, {});
  google::protobuf::DescriptorPool pool;
  for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(bytes));
    ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
  }
  EXPECT_NE(pool.FindMethodByName("althing.v1.Peer.Dispatch"), nullptr);
  EXPECT_NE(pool.FindMessageTypeByName("althing.v1.PreAccept"), nullptr);
  EXPECT_EQ(Reflect(AskForSymbol("althing.v1.Peer.Dispatch"), {})
                .file_descriptor_response()
                .DebugString(),
            response.file_descriptor_response().DebugString());
}

TEST(ReflectTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(ErrorOf(AskForSymbol("althing.v1.Nothing")), "5 not known: althing.v1.Nothing");
  ServerReflectionRequest request;
  request.set_file_by_filename("kv.proto");
  EXPECT_EQ(ErrorOf(request), "5 not known: kv.proto");
  request.mutable_file_containing_extension()->set_containing_type("althing.v1.Command");
  request.mutable_file_containing_extension()->set_extension_number(7);
  EXPECT_EQ(ErrorOf(request), "5 not known: extension 7 of althing.v1.Command");
  request.set_all_extension_numbers_of_type("althing.v1.Nothing");
  EXPECT_EQ(ErrorOf(request), "5 not known: althing.v1.Nothing");
  EXPECT_EQ(ErrorOf(ServerReflectionRequest()), "3 the request asks nothing");
}

TEST(ReflectTest, ATypeWithoutExtensionsHasNone) {
  ServerReflectionRequest request;
  request.set_all_extension_numbers_of_type("althing.v1.Command");
  const ServerReflectionResponse response = Reflect(request, {});
  EXPECT_EQ(response.all_extension_numbers_response().base_type_name(), "althing.v1.Command");
  EXPECT_EQ(response.all_extension_numbers_response().extension_number_size(), 0);
}

class ReflectionServiceTest : public testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<ServerReflectionRequest, ServerReflectionResponse>;

  void SetUp() override {
    ASSERT_TRUE(replica_.status().ok()) << replica_.status();
    stub_ = ServerReflection::NewStub(
        grpc::CreateChannel(replica_.client_address(), grpc::InsecureChannelCredentials()));
  }
  static std::string Ask(Stream& stream, const ServerReflectionRequest& request) {
    ServerReflectionResponse response;
    if (!stream.Write(request) || !stream.Read(&response)) return "broken";
    std::string services;
    for (const auto& service : response.list_services_response().service()) {
      absl::StrAppend(&services, service.name(), "\n");
    }
    return services.empty() ? response.DebugString() : services;
  }

  const v1::Config config_ = MakeConfig(1);
  TestReplica replica_{config_, 0};
  std::unique_ptr<ServerReflection::Stub> stub_;
};

TEST_F(ReflectionServiceTest, AnswersQuestionsInOrderAndListsTheServicesOfTheClientPort) {
  for (int round = 0; round < 2; ++round) {
    const std::vector<std::string> answers = TurnDuring({&replica_}, [&] {
      grpc::ClientContext context;
      const auto stream = stub_->ServerReflectionInfo(&context);
      ServerReflectionRequest list;
      list.set_list_services("");
      std::vector<std::string> texts = {Ask(*stream, AskForSymbol("althing.v1.KV")),
                                        Ask(*stream, list)};
      stream->WritesDone();
      texts.push_back(stream->Finish().ok() ? "OK" : "not OK");
      return texts;
    });
    EXPECT_THAT(answers, ElementsAre(HasSubstr("file_descriptor_proto"),
                                     "althing.v1.KV\nalthing.v1.Admin\ngrpc.health.v1.Health\n"
                                     "grpc.reflection.v1alpha.ServerReflection\n",
                                     "OK"));
  }
}

TEST_F(ReflectionServiceTest, CallsAreBoundedAndStoppingEndsThem) {
  struct Open {
    grpc::ClientContext context;
    std::unique_ptr<Stream> stream;
  };
  std::vector<std::unique_ptr<Open>> open;
  const auto open_one = [&] {
    open.push_back(std::make_unique<Open>());
    open.back()->stream = stub_->ServerReflectionInfo(&open.back()->context);
    return Ask(*open.back()->stream, AskForSymbol("althing.v1.KV"));
  };
  for (size_t i = 0; i < ReflectionService::kCallsMax; ++i) {
    ASSERT_THAT(TurnDuring({&replica_}, open_one), HasSubstr("file_descriptor_proto"));
  }
  EXPECT_EQ(TurnDuring({&replica_}, open_one), "broken");
  EXPECT_EQ(TurnDuring({&replica_}, [&] { return open.back()->stream->Finish().error_code(); }),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  open.pop_back();
  replica_.server().Stop();
  for (const auto& one : open) EXPECT_FALSE(one->stream->Finish().ok());
}

}  // namespace
}  // namespace althing
