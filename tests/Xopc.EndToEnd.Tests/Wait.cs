namespace Xopc.EndToEnd.Tests;

/// <summary>The one generous limit of these tests, and looking until something is so.</summary>
internal static class Wait
{
    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(120);

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What a client waits before it knocks again at a door that nobody opened.</summary>
    public static Task MomentAsync() => Task.Delay(TimeSpan.FromMilliseconds(50), Cancelled);

    /// <summary>Other processes give no signal: their own API is asked again until it says so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        using var limit = new CancellationTokenSource(Generous);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, limit.IsCancellationRequested ? otherwise() : "");
            await pace.WaitForNextTickAsync(Cancelled);
        }
    }
}
