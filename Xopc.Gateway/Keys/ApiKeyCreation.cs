namespace Xopc.Gateway.Keys;

/// <summary>How the creation of a key ended.</summary>
public enum ApiKeyOutcome
{
    Created,

    /// <summary>It would reach further than its creator, or the creator has ended.</summary>
    Forbidden,

    /// <summary>A key that was not revoked has this name.</summary>
    NameTaken,

    /// <summary>As many keys as there may be are not revoked.</summary>
    TooMany,
}

/// <param name="Text">The key itself, for the one time that it is shown; null unless created.</param>
/// <param name="Problem">For people; null when created.</param>
public sealed record ApiKeyCreation(ApiKeyOutcome Outcome, ApiKey? Key = null, string? Text = null, string? Problem = null);
