namespace Xopc.Testing.Telegram;

/// <summary>A long poll that waits.</summary>
internal sealed class PendingPoll
{
    private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Woken => _woken.Task;

    public BotApiException? Refusal { get; private set; }

    public void Wake() => _woken.TrySetResult();

    public void End(BotApiException refusal)
    {
        Refusal = refusal;
        Wake();
    }
}
