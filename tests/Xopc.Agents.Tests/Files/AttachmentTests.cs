using System.Text.Json.Nodes;

namespace Xopc.Agents.Tests.Files;

public sealed class AttachmentTests : ModelHostTest
{
    [Fact]
    public async Task Attachments_lie_in_the_workspace_and_images_go_to_the_model()
    {
        await using var host = await HostAsync();
        var png = Convert.ToBase64String([0x89, 0x50, 0x4E, 0x47, 1, 2, 3]);

        var (status, _) = await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(
            $$"""{"message":"look","attachments":[{"type":"image","mimeType":"image/png","name":"../../a.png","data":"{{png}}"},{"name":"n.txt","data":"data:text/plain;base64,aGk="}]}"""));

        Assert.Equal(200, status);
        var user = (await host.GetAsync("/api/sessions/main:webchat:default:direct:default")).Body!["session"]!["messages"]![0]!;
        var rel = (string)user["attachments"]![0]!["workspaceRelativePath"]!;
        Assert.DoesNotContain("..", rel, StringComparison.Ordinal);
        using var file = await host.Client.GetAsync("/api/workspace/inbound-file?rel=" + Uri.EscapeDataString(rel), AgentsHost.Cancelled);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], await file.Content.ReadAsByteArrayAsync(AgentsHost.Cancelled));
        Assert.Equal(404, (await host.GetAsync("/api/workspace/inbound-file?rel=..%2Fxopc.json")).Status);
        var content = Model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetRawText();
        Assert.Contains(png, content, StringComparison.Ordinal);
        Assert.Contains("n.txt", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_does_not_see_is_told_of_the_image_in_words()
    {
        await using var host = await HostAsync();

        await host.SendAsync(HttpMethod.Post, "/api/agent", JsonNode.Parse(
            """{"message":"look","model":"fake/blind","attachments":[{"mimeType":"image/png","name":"a.png","data":"aGk="}]}"""));

        var content = Model.Requests[^1].Body.GetProperty("messages").EnumerateArray().Last().GetProperty("content").GetRawText();
        Assert.Contains("a.png (image/png, 2 bytes)", content, StringComparison.Ordinal);
        Assert.DoesNotContain("aGk=", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_ten_attachments_are_refused()
    {
        await using var host = await HostAsync();
        var attachments = new JsonArray([.. Enumerable.Range(0, 11).Select(_ => (JsonNode)new JsonObject { ["data"] = "aGk=" })]);

        Assert.Equal(400, (await host.SendAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "x", ["attachments"] = attachments })).Status);
    }
}
