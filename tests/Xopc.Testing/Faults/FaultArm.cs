using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Xopc.Contracts;

namespace Xopc.Testing.Faults;

/// <summary>
/// Kills a real process at a named point. The test writes <c>{point}:{n}</c> into a file. Whoever reaches the point, of however many processes, counts it down
/// there; the one that comes to zero renames the file and sends itself SIGKILL: no handler runs, nothing is flushed, its sockets and locks are the kernel's to close.
/// </summary>
public static partial class FaultArm
{
    /// <summary>Names the file.</summary>
    public const string Variable = "XOPC_TEST_FAULT_ARM";

    /// <summary>What the file is called when its process has died of it.</summary>
    public const string Reached = ".reached";

    private const int Kill = 9;

    private static readonly Lock Gate = new();

    /// <summary>Listens to the points of this process.</summary>
    public static void Listen(string file) => FaultPoint.Reached = name => Hear(file, name);

    public static void Write(string file, string point, int nth)
    {
        File.WriteAllText(file + ".new", string.Create(CultureInfo.InvariantCulture, $"{point}:{nth}"));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static void Hear(string file, string point)
    {
        lock (Gate)
        {
            if (!File.Exists(file) || !CountsDown(file, point))
            {
                return;
            }

            File.Move(file, file + Reached, overwrite: true);
            if (SendSignal(Environment.ProcessId, Kill) != 0)
            {
                Environment.FailFast("kill(2) refused.");
            }

            Thread.Sleep(Timeout.Infinite); // not even the rest of this line's time slice
        }
    }

    // True: to zero.
    private static bool CountsDown(string file, string point)
    {
        while (true)
        {
            try
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                var text = new StreamReader(stream).ReadToEnd();
                var colon = text.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0 || text[..colon] != point)
                {
                    return false;
                }

                var left = int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture) - 1;
                stream.SetLength(0);
                stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{point}:{left}")));
                return left == 0;
            }
            catch (FileNotFoundException)
            {
                return false; // somebody has died of it
            }
            catch (IOException)
            {
                Thread.Sleep(1); // another process counts
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
