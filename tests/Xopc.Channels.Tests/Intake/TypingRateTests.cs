using Microsoft.Extensions.Time.Testing;
using Xopc.Channels.Intake;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Intake;

public sealed class TypingRateTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 12, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeAccount _account = new(new FakeSettings("default"));
    private readonly TypingIndicator _typing;

    public TypingRateTests() => _typing = new TypingIndicator(new FakeAccounts(_account), new FakeEvents(), _clock);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_conversation_that_begins_brings_up_no_other_conversations_indicator()
    {
        for (var peer = 1; peer <= 5; peer++)
        {
            Begin($"{peer}");
            await _typing.ShowOnceAsync(Cancelled);
        }

        Assert.Equal(["1", "2", "3", "4", "5"], _account.Typings);
    }

    [Fact]
    public async Task It_is_shown_again_before_it_runs_out()
    {
        Begin("1");
        await _typing.ShowOnceAsync(Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Begin("2");
        var next = await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["1", "2"], _account.Typings);
        Assert.Equal(TimeSpan.FromSeconds(1), next);

        _clock.Advance(next);
        await _typing.ShowOnceAsync(Cancelled);
        Assert.Equal(["1", "2", "1"], _account.Typings);
    }

    public ValueTask DisposeAsync()
    {
        _typing.Dispose();
        return _account.DisposeAsync();
    }

    private void Begin(string peer) => _typing.Begin(new DeliveryTarget("fake", "default", "dm", peer), $"session {peer}");
}
