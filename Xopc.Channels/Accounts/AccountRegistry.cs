using System.Collections.Immutable;
using Xopc.Configuration;

namespace Xopc.Channels.Accounts;

/// <summary>
/// The accounts of the running configuration, one <see cref="IAccount"/> each, opened when it is first asked for. A reload compares by value: what is configured
/// as before keeps its account, what changed gets a new one, and the old one is handed to whoever retires it.
/// </summary>
internal sealed class AccountRegistry : IAccounts, IDisposable, IAsyncDisposable
{
    private readonly ImmutableArray<IChannel> _channels;
    private readonly ConfigStore _configuration;
    private readonly IDisposable _subscription;
    private readonly Lock _gate = new();
    private ImmutableDictionary<string, Entry> _entries = ImmutableDictionary<string, Entry>.Empty; // by "channel:account"

    public AccountRegistry(IEnumerable<IChannel> channels, ConfigStore configuration)
    {
        _channels = [.. channels];
        _configuration = configuration;
        _subscription = configuration.OnChange(_ => Apply());
        Apply();
    }

    /// <summary>After a reload changed what is configured: the accounts that nobody uses any more. Called on the thread of the reload; quick, never throws.</summary>
    public event Action<IReadOnlyList<IAccount>>? Changed;

    public IReadOnlyList<IChannel> Channels => _channels;

    public IReadOnlyList<AccountSettings> All => [.. _entries.Values.Select(entry => entry.Settings).OrderBy(settings => settings.Channel, StringComparer.Ordinal).ThenBy(settings => settings.AccountId, StringComparer.Ordinal)];

    public IChannel? Channel(string id) => _channels.FirstOrDefault(channel => channel.Id.Equals(id, StringComparison.OrdinalIgnoreCase));

    /// <param name="accountId">Null: <c>default</c>, or the only one there is.</param>
    public AccountLookup Find(string channel, string? accountId)
    {
        if (Channel(channel) is not { } known)
        {
            return new AccountLookup(AccountLookupOutcome.NoChannel, null, $"There is no channel '{Shown(channel)}'.");
        }

        var entry = Select(known.Id, accountId);
        return entry switch
        {
            null => new AccountLookup(AccountLookupOutcome.NoAccount, null, Missing(known.Id, accountId)),
            { Settings.Enabled: false } => new AccountLookup(AccountLookupOutcome.Disabled, null, $"The account '{entry.Settings.AccountId}' of '{known.Id}' is switched off."),
            { Settings.Unusable: { } why } => new AccountLookup(AccountLookupOutcome.Disabled, null, why),
            _ => new AccountLookup(AccountLookupOutcome.Found, entry.Account, null),
        };
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>With the container, when nobody sends or receives any more.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        foreach (var entry in _entries.Values)
        {
            if (entry.Retire() is { } account)
            {
                await account.DisposeAsync();
            }
        }
    }

    private Entry? Select(string channel, string? accountId)
    {
        var entries = _entries;
        if (accountId is not null)
        {
            return entries.GetValueOrDefault($"{channel}:{Contracts.SessionKeySegment.AccountId(accountId)}");
        }

        if (entries.GetValueOrDefault($"{channel}:default") is { } standard)
        {
            return standard;
        }

        Entry? only = null;
        foreach (var entry in entries.Values)
        {
            if (entry.Settings.Channel == channel && only is not null)
            {
                return null;
            }

            only = entry.Settings.Channel == channel ? entry : only;
        }

        return only;
    }

    private void Apply()
    {
        List<IAccount> retired = [];
        lock (_gate)
        {
            var config = _configuration.Current;
            var before = _entries;
            var after = ImmutableDictionary.CreateBuilder<string, Entry>(StringComparer.Ordinal);
            foreach (var channel in _channels)
            {
                foreach (var settings in channel.AccountsOf(config))
                {
                    var key = $"{settings.Channel}:{settings.AccountId}";
                    after[key] = before.GetValueOrDefault(key) is { } running && running.Settings.Equals(settings) ? running : new Entry(channel, settings, Retired);
                }
            }

            _entries = after.ToImmutable();
            retired.AddRange(before.Values.Where(entry => !_entries.ContainsValue(entry)).Select(entry => entry.Retire()).OfType<IAccount>());
        }

        Changed?.Invoke(retired);
    }

    // Their names are not told here: also a key that may not see the installation's accounts gets this answer.
    private static string Missing(string channel, string? accountId) => accountId is null
        ? $"The channel '{channel}' has no account 'default'; say which one is meant. xopc channels status lists them."
        : $"The channel '{channel}' has no account '{Shown(accountId)}'. xopc channels status lists them.";

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";

    private void Retired(IAccount account) => Changed?.Invoke([account]);

    private sealed class Entry(IChannel channel, AccountSettings settings, Action<IAccount> retired)
    {
        private readonly Lock _gate = new();
        private IAccount? _account;
        private bool _isRetired;

        public AccountSettings Settings => settings;

        /// <summary>Opened by the first who asks. Who found the entry just before its settings were replaced may be that one: then it is retired at once, and good for him as long as any other.</summary>
        public IAccount Account
        {
            get
            {
                IAccount opened;
                lock (_gate)
                {
                    if (_account is not null)
                    {
                        return _account;
                    }

                    opened = _account = channel.Open(settings);
                    if (!_isRetired)
                    {
                        return opened;
                    }
                }

                retired(opened);
                return opened;
            }
        }

        /// <summary>Nobody finds it any more. The account, if it was opened.</summary>
        public IAccount? Retire()
        {
            lock (_gate)
            {
                _isRetired = true;
                return _account;
            }
        }
    }
}
