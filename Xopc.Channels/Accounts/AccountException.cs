namespace Xopc.Channels.Accounts;

/// <summary>Why an account cannot work now. The message is for people and never holds a secret.</summary>
internal enum AccountFailure
{
    /// <summary>The platform cannot be reached, or answers with an error of its own.</summary>
    Unreachable,

    /// <summary>The credentials are refused: only the operator can help.</summary>
    NeedsLogin,

    /// <summary>Somebody else receives with the same credentials.</summary>
    Conflict,

    /// <summary>The platform asks for a pause.</summary>
    Throttled,

    /// <summary>What was asked for is not there, or may not be had.</summary>
    Refused,
}

/// <summary>An account cannot do what was asked.</summary>
internal sealed class AccountException(AccountFailure failure, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public AccountFailure Failure { get; } = failure;

    /// <summary>What the platform asks for.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether trying again cannot help.</summary>
    public bool IsFinal => Failure is AccountFailure.Refused or AccountFailure.NeedsLogin;
}
