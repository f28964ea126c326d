using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Configuration;

namespace Xopc.Channels.Tests.Fakes;

/// <summary>The channel <c>fake</c> with the accounts it was given.</summary>
internal sealed class FakeAccounts(params FakeAccount[] accounts) : IAccounts, IChannel
{
    public string Id => "fake";

    public ChannelCapabilities Capabilities { get; } = new(["dm", "group"], Threads: true, Media: false, Edit: false, Typing: false);

    public ChannelRates Rates { get; set; } = ChannelRates.Unlimited;

    public bool ConnectsAfterListen => false;

    /// <summary>Why none can be used; null: all can.</summary>
    public string? SwitchedOff { get; set; }

    public IReadOnlyList<AccountSettings> All => [.. accounts.Select(account => account.Settings)];

    public IReadOnlyList<AccountSettings> AccountsOf(XopcConfig config) => All;

    public IAccount Open(AccountSettings settings) => accounts.First(account => account.Settings == settings);

    /// <summary>Whoever asks for this account meets a fault.</summary>
    public const string Broken = "broken";

    public AccountLookup Find(string channel, string? accountId)
    {
        if (accountId == Broken)
        {
            throw new InvalidOperationException("A fault of ours.");
        }

        if (channel != Id)
        {
            return new AccountLookup(AccountLookupOutcome.NoChannel, null, $"There is no channel '{channel}'.");
        }

        if (accounts.FirstOrDefault(account => account.Settings.AccountId == (accountId ?? "default")) is not { } found)
        {
            return new AccountLookup(AccountLookupOutcome.NoAccount, null, "There is no such account.");
        }

        return SwitchedOff is { } why ? new AccountLookup(AccountLookupOutcome.Disabled, null, why) : new AccountLookup(AccountLookupOutcome.Found, found, null);
    }
}
