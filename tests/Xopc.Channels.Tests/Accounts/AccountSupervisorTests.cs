using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Tests.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Storage;

namespace Xopc.Channels.Tests.Accounts;

public sealed class AccountSupervisorTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_account_that_does_not_let_go_holds_up_no_other_and_its_next_begins_after_it()
    {
        await using var ledger = new LedgerRig();
        await using var rig = new AccountsRig(new FakeSettings("stuck"), new FakeSettings("quick"));
        var letGo = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (began, ended) = (new Began(), false);
        rig.Opens = settings => new FakeAccount(settings)
        {
            Receive = async stopping =>
            {
                Assert.False(settings is { AccountId: "stuck", Name: "changed" } && !Volatile.Read(ref ended), "Two receive at once.");
                began.Add(settings);
                await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (settings is { AccountId: "stuck", Name: null })
                {
                    await letGo.Task;
                    Volatile.Write(ref ended, true);
                }

                stopping.ThrowIfCancellationRequested();
            },
        };
        using var lifetime = new Lifetime();
        using var supervisor = new AccountSupervisor(
            rig.Registry, rig.Configuration, ledger.Database, new LeaseOwner(ledger.Database, TimeProvider.System), new AccountNotes(ledger.Database, TimeProvider.System), ledger.Worker.Host, ledger.Events, lifetime.Of, TimeProvider.System,
            NullLogger<AccountSupervisor>.Instance);
        await supervisor.StartAsync(TestContext.Current.CancellationToken);
        await began.WaitAsync("stuck", "quick");

        rig.Settings = [new FakeSettings("stuck") { Name = "changed" }, new FakeSettings("quick") { Name = "changed" }];
        await rig.ReloadAsync();
        await began.WaitAsync("quick changed");
        Assert.DoesNotContain("stuck changed", began.All);

        letGo.SetResult();
        await began.WaitAsync("stuck changed");
        await supervisor.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_was_retired_ends_with_the_process_at_the_latest()
    {
        await using var ledger = new LedgerRig();
        await using var rig = new AccountsRig(new FakeSettings("default"));
        var began = new Began();
        rig.Opens = settings => new FakeAccount(settings) { Receive = stopping => { began.Add(settings); return Task.Delay(Timeout.Infinite, stopping); } };
        using var lifetime = new Lifetime();
        using var supervisor = new AccountSupervisor(
            rig.Registry, rig.Configuration, ledger.Database, new LeaseOwner(ledger.Database, TimeProvider.System), new AccountNotes(ledger.Database, TimeProvider.System), ledger.Worker.Host, ledger.Events, lifetime.Of, TimeProvider.System,
            NullLogger<AccountSupervisor>.Instance);
        await supervisor.StartAsync(TestContext.Current.CancellationToken);
        await began.WaitAsync("default");
        var retired = (FakeAccount)rig.Registry.Find("fake", "default").Account!;

        rig.Settings = [new FakeSettings("default") { Name = "changed" }];
        await rig.ReloadAsync();
        await began.WaitAsync("default changed");
        Assert.Equal(0, retired.Disposed); // it may still be sending
        await supervisor.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, retired.Disposed);
    }

    private sealed class Lifetime : IDisposable
    {
        public ApplicationLifetime Of { get; } = new(NullLogger<ApplicationLifetime>.Instance);

        public void Dispose() => Of.StopApplication();
    }

    /// <summary>The accounts that began to receive.</summary>
    private sealed class Began
    {
        private readonly Lock _gate = new();
        private readonly HashSet<string> _all = [];
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_gate)
                {
                    return [.. _all];
                }
            }
        }

        public void Add(FakeSettings settings)
        {
            TaskCompletionSource changed;
            lock (_gate)
            {
                _all.Add($"{settings.AccountId} {settings.Name}".Trim());
                (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            changed.SetResult();
        }

        public async Task WaitAsync(params string[] names)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (names.All(_all.Contains))
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(Generous, TestContext.Current.CancellationToken);
            }
        }
    }
}
