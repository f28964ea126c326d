using System.Collections.Immutable;

namespace Xopc.Configuration;

/// <summary>The bots of <c>channels.telegram</c>, each with what the top of the section says for all of them already filled in.</summary>
public sealed record TelegramConfig
{
    /// <summary>Account of the token that stands at the top of the section, when there are no accounts.</summary>
    public const string DefaultAccount = "default";

    /// <summary>Written, or implied by a token. When false no account is enabled.</summary>
    public bool Enabled { get; init; }

    /// <summary>Account id, lower case → account.</summary>
    public ImmutableSortedDictionary<string, TelegramAccountConfig> Accounts { get; init; } = ImmutableSortedDictionary.Create<string, TelegramAccountConfig>(StringComparer.Ordinal);
}
