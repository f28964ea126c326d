using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Previews;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Previews;

/// <summary>A run from its beginning to its end, in a time of its own.</summary>
public sealed class PreviewHostTests : IAsyncLifetime
{
    private const string Words = PreviewRig.Words;

    private readonly PreviewRig _rig = new();
    private readonly FakeRunLog _run = new();
    private readonly SemaphoreSlim _handed = new(0);
    private PreviewHost _host = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = new PreviewHost(_run, _rig.Ledger.Events, _rig.Ledger.Worker.Showing, _rig.Removal, _rig.Ledger.Clock, NullLogger<PreviewHost>.Instance);
        _rig.Account.Script = _rig.Account.EditScript = _ =>
        {
            _handed.Release();
            return Task.FromResult<SendResult?>(null);
        };
        await _host.StartAsync(Cancelled);
        await _rig.Ledger.Clock.ArmedAsync(TimeSpan.FromSeconds(15), 1, Cancelled); // it listens, and has swept
        Started();
    }

    [Fact]
    public async Task The_newest_words_appear_after_the_first_second_and_then_as_often_as_may_be()
    {
        _run.Token("Once upon a time");
        await ArmedAsync(PreviewHost.FirstAfter, 1);
        _run.Token(" there was a gateway");
        await PassAsync(PreviewHost.FirstAfter);
        await _handed.WaitAsync(Cancelled);
        _run.Token(" that");
        await ArmedAsync(PreviewShowing.Every, 1);
        Assert.Equal([Words + "…"], _rig.Seen);

        Array.ForEach([" kept", " its", " word"], _run.Token);
        await PassAsync(PreviewShowing.Every);
        await _handed.WaitAsync(Cancelled);
        _run.Token(".");
        await ArmedAsync(PreviewShowing.Every, 2);

        Assert.Equal([Words + " that kept its word…"], _rig.Seen);
        Assert.Equal(2, _rig.Account.Sends);
    }

    [Fact]
    public async Task An_answer_that_is_finished_within_the_first_second_has_no_preview()
    {
        _run.Token(Words);
        await ArmedAsync(PreviewHost.FirstAfter, 1);
        _run.Result("ok");
        await _host.WhenIdleAsync();

        Assert.Equal(0, _rig.Account.Sends);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task A_run_that_was_stopped_with_nothing_to_stay_takes_away_what_people_saw()
    {
        await ShownAsync();
        _run.Reset("");
        _run.Result("aborted");
        await _host.WhenIdleAsync();

        Assert.Empty(_rig.Seen);
        Assert.Null(await _rig.RowAsync());
    }

    [Fact]
    public async Task At_the_end_what_people_see_waits_for_the_answer()
    {
        await ShownAsync();
        _run.Result("ok");
        await _host.WhenIdleAsync();
        Assert.Equal([Words + "…"], _rig.Seen);

        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAfterAsync(PreviewShowing.Every);
        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task A_stop_waits_for_the_change_that_is_on_its_way_and_the_answer_of_a_later_process_goes_into_it()
    {
        await ShownAsync();
        var way = new TaskCompletionSource<SendResult?>();
        _rig.Account.EditScript = _ =>
        {
            _handed.Release();
            return way.Task;
        };
        await PassAsync(PreviewShowing.Every);
        await _handed.WaitAsync(Cancelled);
        var stopping = _host.StoppingAsync(Cancelled);
        Assert.False(stopping.IsCompleted);
        way.SetResult(null);
        await stopping;
        Assert.Equal(PreviewStates.Shown, (await _rig.RowAsync())!.State);

        _rig.Account.EditScript = _ => Task.FromResult<SendResult?>(null);
        _rig.Ledger.Worker = _rig.Ledger.Add();
        await _rig.AnswerAsync("the answer");
        await _rig.Ledger.RunAsync();
        Assert.Equal(["the answer"], _rig.Seen);
    }

    [Fact]
    public async Task A_run_that_is_told_of_twice_is_followed_once()
    {
        Started();
        await ShownAsync();
        _run.Result("ok");
        await _host.WhenIdleAsync();

        Assert.Equal(1, _rig.Account.Sends);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StoppingAsync(Cancelled);
        await _host.StopAsync(Cancelled);
        _host.Dispose();
        _run.Dispose();
        _handed.Dispose();
        await _rig.DisposeAsync();
    }

    private void Started() => _rig.Ledger.Events.Publish(new EventMessage(
        RunStarted.Event, PreviewRig.Run.SessionKey, JsonSerializer.SerializeToUtf8Bytes(PreviewRig.Run, ContractsJson.Default.RunStarted)));

    // The first words are seen, and more have come.
    private async Task ShownAsync()
    {
        _run.Token(Words);
        await ArmedAsync(PreviewHost.FirstAfter, 1);
        await PassAsync(PreviewHost.FirstAfter);
        await _handed.WaitAsync(Cancelled);
        _run.Token(" that");
        await ArmedAsync(PreviewShowing.Every, 1);
    }

    private Task ArmedAsync(TimeSpan pause, int times) => _rig.Ledger.Clock.ArmedAsync(pause, times, Cancelled);

    private async Task PassAsync(TimeSpan pause)
    {
        await _run.TakenAsync(Cancelled);
        _rig.Ledger.Clock.Advance(pause);
    }
}
