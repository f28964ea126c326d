namespace Xopc.AppHost;

/// <summary>What the four services have in common.</summary>
internal static class ServiceExtensions
{
    /// <summary>Redis first, health by evidence, a state of its own, and nothing of a conversation in the dashboard.</summary>
    public static IResourceBuilder<ProjectResource> AsService(this IResourceBuilder<ProjectResource> service, IResourceBuilder<IResourceWithConnectionString> redis) =>
        service
            .WithReference(redis)
            .WaitFor(redis)
            .WithHttpHealthCheck("/health")
            // Not ~/.xopc: the gateway that its owner talks to every day lives there.
            .WithEnvironment("XOPC_PROFILE", "aspire")
            // In development Aspire switches both on: prompts and answers, and query strings with tokens, would be stored.
            .WithEnvironment("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "false")
            .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION", "false")
            .WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION", "false");
}
