using System.Globalization;
using System.Runtime.InteropServices;
using Xopc.Contracts;

namespace Xopc.Testing.Faults;

/// <summary>
/// Kills a real process at a named point. The test writes <c>{point}:{nth}:{serial}</c> into a file; the process that reaches the point that often renames the
/// file, which only one process can, and sends itself SIGKILL: no handler runs, nothing is flushed, its sockets and locks are the kernel's to close.
/// </summary>
public static partial class FaultArm
{
    /// <summary>Names the file.</summary>
    public const string Variable = "XOPC_TEST_FAULT_ARM";

    /// <summary>What the file is called when its process has died of it.</summary>
    public const string Reached = ".reached";

    private const int Kill = 9;

    private static readonly Lock Gate = new();
    private static string _serial = "";
    private static int _count;

    /// <summary>Listens to the points of this process.</summary>
    public static void Listen(string file) => FaultPoint.Reached = name => Hear(file, name);

    public static void Write(string file, string point, int nth)
    {
        File.WriteAllText(file + ".new", string.Create(CultureInfo.InvariantCulture, $"{point}:{nth}:{Guid.NewGuid():N}"));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static void Hear(string file, string point)
    {
        lock (Gate)
        {
            if (!File.Exists(file) || Read(file).Split(':') is not [var armed, var nth, var serial] || armed != point)
            {
                return;
            }

            if (serial != _serial)
            {
                (_serial, _count) = (serial, 0);
            }

            if (++_count == int.Parse(nth, CultureInfo.InvariantCulture) && Take(file))
            {
                if (SendSignal(Environment.ProcessId, Kill) != 0)
                {
                    Environment.FailFast("kill(2) refused.");
                }

                Thread.Sleep(Timeout.Infinite); // not even the rest of this line's time slice
            }
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // another process was faster
        }
    }

    private static bool Take(string file)
    {
        try
        {
            File.Move(file, file + Reached, overwrite: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
