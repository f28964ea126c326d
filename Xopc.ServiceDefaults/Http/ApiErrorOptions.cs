namespace Xopc.ServiceDefaults.Http;

/// <summary>Which exceptions of other projects have an answer of their own.</summary>
public sealed class ApiErrorOptions
{
    /// <summary>Asked in order; the first answer counts, null means "not mine". For example a full disk: <c>e => e is DatabaseUnavailableException ? new ApiError(ErrorCode.StorageUnavailable) : null</c>.</summary>
    public IList<Func<Exception, ApiError?>> Maps { get; } = [];
}
