using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Ends a request with an error of the registry. For failures deep inside a call; handlers return <see cref="ApiError"/> results.</summary>
public sealed class ApiException(ErrorCode code, string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public ErrorCode Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
