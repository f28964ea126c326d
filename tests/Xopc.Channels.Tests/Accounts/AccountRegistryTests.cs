using Xopc.Channels.Accounts;
using Xopc.Channels.Tests.Fakes;

namespace Xopc.Channels.Tests.Accounts;

public sealed class AccountRegistryTests
{
    private static readonly FakeSettings Before = new("default");
    private static readonly FakeSettings After = new("default") { Name = "changed" };

    [Fact]
    public async Task What_is_configured_as_before_keeps_its_account_and_what_changed_is_retired_once()
    {
        await using var rig = new AccountsRig(Before, new FakeSettings("other"));
        var retired = new List<IAccount>();
        rig.Registry.Changed += retired.AddRange;
        var (first, other) = (rig.Registry.Find("fake", "default").Account, rig.Registry.Find("fake", "other").Account);

        rig.Settings = [After, new FakeSettings("other")];
        await rig.ReloadAsync();
        await rig.ReloadAsync();

        Assert.Same(other, rig.Registry.Find("fake", "other").Account);
        Assert.NotSame(first, rig.Registry.Find("fake", "default").Account);
        Assert.Same(first, Assert.Single(retired));
    }

    [Fact]
    public async Task An_account_that_is_being_opened_while_its_settings_are_replaced_is_retired_too()
    {
        await using var rig = new AccountsRig(Before);
        var retired = new TaskCompletionSource<IAccount>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Registry.Changed += accounts => accounts.ToList().ForEach(account => retired.TrySetResult(account));
        using var looked = new ManualResetEventSlim();
        var opening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Opens = settings =>
        {
            opening.TrySetResult();
            looked.Wait(TestContext.Current.CancellationToken);
            return new FakeAccount(settings);
        };
        var finding = Task.Run(() => rig.Registry.Find("fake", "default").Account, TestContext.Current.CancellationToken);
        await opening.Task;

        rig.Settings = [After];
        rig.Looked = looked.Set;
        await Task.Run(rig.ReloadAsync, TestContext.Current.CancellationToken);

        Assert.Same(await finding, await retired.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task With_the_registry_end_the_accounts_it_opened()
    {
        FakeAccount opened;
        await using (var rig = new AccountsRig(Before, new FakeSettings("never asked for")))
        {
            opened = (FakeAccount)rig.Registry.Find("fake", "default").Account!;
        }

        Assert.Equal(1, opened.Disposed);
    }
}
