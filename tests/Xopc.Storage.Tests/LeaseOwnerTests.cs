using System.Diagnostics;

namespace Xopc.Storage.Tests;

public sealed class LeaseOwnerTests
{
    [Fact]
    public async Task A_process_that_lives_is_never_taken_for_dead_and_a_killed_one_is()
    {
        using var other = Process.Start("sleep", "600")!;
        var name = $"{Environment.MachineName}/{other.Id}/{Start(other.Id)}/x";
        try
        {
            Assert.False(LeaseOwner.IsDead(name));
            Assert.True(LeaseOwner.IsDead($"{Environment.MachineName}/{other.Id}/1/x"), "A pid that was given to another process is another process.");
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(LeaseOwner.IsDead(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("elsewhere/1/1/x")]
    [InlineData("no shape of ours")]
    public void An_owner_that_cannot_be_judged_is_alive(string owner) => Assert.False(LeaseOwner.IsDead(owner));

    private static string Start(int pid)
    {
        var text = File.ReadAllText($"/proc/{pid}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ')[19];
    }
}
