# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon says about itself: Describe, Version, introspection."""

import json
import os
import re
import xml.etree.ElementTree as ElementTree

from bench import BUS_NAME, BUS_PATH, INTERFACE, BusTest, main

XML = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../dbus/org.userunit1.xml')


def interface_of(root):
    """An interface as introspection data have it, for comparing."""
    interface = next(i for i in root.iter('interface') if i.get('name') == INTERFACE)
    described = {}
    for member in interface:
        arguments = [(a.get('name'), a.get('type'), a.get('direction')) for a in member.iter('arg')]
        notes = [(a.get('name'), a.get('value')) for a in member.iter('annotation')]
        described[member.tag, member.get('name')] = (member.get('type'), member.get('access'), arguments, notes)
    return described


class ContractTest(BusTest):
    def test_describe_lists_what_call_takes(self):
        bench = self.bench()
        peer = bench.caller()
        contract = bench.describe()
        self.assertEqual((contract['schema'], contract['bus_name'], contract['path'], contract['interface']),
                         (1, BUS_NAME, BUS_PATH, INTERFACE))
        self.assertGreater(len(contract['methods']), 25)
        for method in contract['methods']:
            # A parameter that no method has: refused by the method's own table, so there is a row for it.
            call = bench.request(peer, method['name'], nonsense=True)
            self.assert_error(call, 'InvalidRequest', 'parameter')
        self.assert_error(bench.request(peer, 'units.destroy'), 'NoSuchMethod')
        self.assert_error(bench.request(peer, 'units.restrat'), 'NoSuchMethod', 'units.restart')
        self.assertEqual(bench.effects, [])
        self.assertEqual(bench.polkit.questions, [])

    def test_every_method_has_actions(self):
        bench = self.bench()
        actions = {a['id'] for a in bench.describe()['actions']}
        for method in bench.methods():
            if method['name'].startswith('access.'):
                continue
            self.assertIn(method['action_own'], actions)
            self.assertIn(method['action_other'], actions)
            self.assertNotEqual(method['action_own'], method['action_other'], method['name'])

    def test_version_is_a_property(self):
        bench = self.bench()
        peer = bench.caller()
        (version,) = peer.ask(BUS_NAME, BUS_PATH, 'org.freedesktop.DBus.Properties', 'Get', 'ss', INTERFACE, 'Version')
        self.assertRegex(version, r'^\d+(\.\d+)+')
        (everything,) = peer.ask(BUS_NAME, BUS_PATH, 'org.freedesktop.DBus.Properties', 'GetAll', 's', INTERFACE)
        self.assertEqual(everything, {'Version': version})
        self.assertEqual(bench.describe()['version'], version)

    def test_introspection_is_what_the_xml_says(self):
        bench = self.bench()
        (said,) = bench.caller().ask(BUS_NAME, BUS_PATH, 'org.freedesktop.DBus.Introspectable', 'Introspect')
        self.assertEqual(interface_of(ElementTree.fromstring(said)), interface_of(ElementTree.parse(XML).getroot()))

    def test_no_other_object_or_member(self):
        bench = self.bench()
        peer = bench.caller()
        for path, interface, member in ((BUS_PATH, INTERFACE, 'Reload'), ('/', INTERFACE, 'Call'),
                                        (BUS_PATH, 'org.userunit1.Debug', 'Call')):
            call = peer.wait(peer.call(BUS_NAME, path, interface, member, 'sah', '{}', []))
            self.assertTrue(call.error.startswith('org.freedesktop.DBus.Error.Unknown'), call.error)
        call = peer.wait(peer.call(BUS_NAME, BUS_PATH, INTERFACE, 'Call', 's', '{}'))
        self.assertEqual(call.error, 'org.freedesktop.DBus.Error.InvalidArgs')

    def test_open_is_for_methods_that_stream(self):
        bench = self.bench()
        peer = bench.caller()
        for method in bench.methods():
            if 'open' not in method['kinds']:
                call = bench.request(peer, method['name'], open=True,
                                     **bench.parameters_for(method, 'svc-web'))
                self.assert_error(call, 'InvalidRequest', 'Call')
        self.assertEqual(bench.effects, [])

    def test_reply_header(self):
        bench = self.bench()
        call = bench.request(bench.caller(), 'units.list', accounts=['svc-web'])
        reply = json.loads(call.reply.body[0])
        self.assertEqual(list(reply), ['parameters'])
        header = reply['parameters']
        self.assertEqual((header['schema'], header['complete'], header['method']), (1, True, 'units.list'))
        self.assertEqual(header['host'], os.uname().nodename)
        self.assertTrue(re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z', header['time']))
        self.assertEqual(header['version'], bench.describe()['version'])
        self.assertIn('machine_id', header)
        self.assertNotIn('changed', header)


if __name__ == '__main__':
    main()
