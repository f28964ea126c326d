using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Configuration;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Accounts;

/// <summary>A registry over a configuration that can be reloaded, and a channel that asks for whatever accounts it is told.</summary>
internal sealed class AccountsRig : IChannel, IAsyncDisposable
{
    private readonly TempDirectory _home = new();
    private readonly string _file;
    private int _written;

    public AccountsRig(params FakeSettings[] settings)
    {
        Settings = settings;
        _file = _home.File("xopc.json");
        File.WriteAllText(_file, "{}");
        Configuration = ConfigStore.Load(
            StatePaths.Resolve(name => name is "XOPC_STATE_DIR" or "HOME" ? _home.Path : null), _ => null, TimeProvider.System, NullLogger<ConfigStore>.Instance);
        Registry = new AccountRegistry([this], Configuration);
    }

    public ConfigStore Configuration { get; }

    public AccountRegistry Registry { get; }

    /// <summary>What the channel asks for from the next look on.</summary>
    public IReadOnlyList<FakeSettings> Settings { get; set; }

    /// <summary>Called when a look begins.</summary>
    public Action Looked { get; set; } = () => { };

    /// <summary>Opens an account.</summary>
    public Func<FakeSettings, FakeAccount> Opens { get; set; } = settings => new FakeAccount(settings);

    public string Id => "fake";

    public ChannelCapabilities Capabilities { get; } = new(["dm"], Threads: false, Media: false, Edit: false, Typing: false);

    public bool ConnectsAfterListen => false;

    public ChannelRates Rates => ChannelRates.Unlimited;

    public IReadOnlyList<AccountSettings> AccountsOf(XopcConfig config)
    {
        Looked();
        return Settings;
    }

    public IAccount Open(AccountSettings settings) => Opens((FakeSettings)settings);

    /// <summary>The file changed: everybody looks again.</summary>
    public async Task ReloadAsync()
    {
        await File.WriteAllTextAsync(_file, $"{{\"session\":{{\"queueCapacity\":{++_written + 10}}}}}", TestContext.Current.CancellationToken);
        await Configuration.ReloadAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        Configuration.Dispose();
        _home.Dispose();
    }
}
