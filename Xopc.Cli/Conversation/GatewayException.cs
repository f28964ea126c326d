namespace Xopc.Cli.Conversation;

/// <summary>The gateway answered with an error, or not at all.</summary>
/// <param name="code">Code of the API's registry, or one that only a client can find.</param>
internal sealed class GatewayException(string code, string message, int status = 0, TimeSpan? retryAfter = null) : Exception(message)
{
    public const string NotRunning = "NOT_RUNNING";
    public const string ConnectionLost = "CONNECTION_LOST";
    public const string NotAGateway = "NOT_A_GATEWAY";

    public string Code { get; } = code;

    /// <summary>HTTP status; 0 when there was none.</summary>
    public int Status { get; } = status;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
