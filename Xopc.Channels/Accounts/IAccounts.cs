namespace Xopc.Channels.Accounts;

/// <summary>The accounts of the running configuration, in every process of the role: for sending, and for saying what exists.</summary>
internal interface IAccounts
{
    /// <summary>Never null; says why where there is nothing to send with.</summary>
    AccountLookup Find(string channel, string? accountId);

    /// <summary>All that the running configuration asks for, channel by channel.</summary>
    IReadOnlyList<AccountSettings> All { get; }
}

internal enum AccountLookupOutcome
{
    Found,

    /// <summary>No such channel.</summary>
    NoChannel,

    /// <summary>The channel has no such account.</summary>
    NoAccount,

    /// <summary>Switched off, or without usable credentials.</summary>
    Disabled,
}

/// <param name="Account">Only with <see cref="AccountLookupOutcome.Found"/>.</param>
/// <param name="Reason">For people, where it was not found.</param>
internal readonly record struct AccountLookup(AccountLookupOutcome Outcome, IAccount? Account, string? Reason);
