using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Files;

/// <summary><c>GET /api/workspace/inbound-file?rel=</c>: a file that was sent along with a message.</summary>
internal static class WorkspaceEndpoints
{
    public static void MapWorkspace(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/workspace/inbound-file", GetInboundFile).RequireScope(OperatorScope.Read).WithSummary("A file that was sent along with a message")
            .Query("rel", "workspaceRelativePath of the message's attachment", required: true).Query("agentId", "Whose workspace; the default agent's")
            .AnswersContent("application/octet-stream").AnswersContent("application/octet-stream", 206).Header("Range", "Only these bytes").Fails(ErrorCode.NotFound);

    private static IResult GetInboundFile(HttpContext context, InboundFiles files, AgentWorkspaces workspaces)
    {
        var rel = context.Request.Query["rel"].ToString();
        if (rel.Length == 0)
        {
            return new ApiError(ErrorCode.InvalidRequest, "Missing query parameter: rel");
        }

        var agent = context.Request.Query["agentId"].ToString() is { Length: > 0 } named ? named : workspaces.DefaultAgentId;
        if (files.Find(rel, agent, context.GetPrincipal()) is not { } path)
        {
            return new ApiError(ErrorCode.NotFound, "There is no such file.");
        }

        context.Response.Headers.CacheControl = "private, max-age=3600";
        context.Response.Headers.ContentDisposition = "attachment";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.File(path, "application/octet-stream", enableRangeProcessing: true);
    }
}
